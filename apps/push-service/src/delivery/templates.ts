import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { DeliveryConfig } from './delivery.config';
import { TemplateFolderError } from './delivery.errors';

/** One named template: texts with `{{placeholders}}`. */
const templateSchema = z.strictObject({
  title: z.string().max(4096).optional(),
  body: z.string().max(16_384).optional(),
  image: z.string().max(4096).optional(),
  link: z.string().max(4096).optional(),
});

export type Template = z.output<typeof templateSchema>;

/** The named templates of a folder, read once at the start. */
@Injectable()
export class Templates implements OnModuleInit {
  private readonly logger = new Logger(Templates.name);
  private readonly byName = new Map<string, Template>();

  constructor(private readonly config: DeliveryConfig) {}

  /** @throws {TemplateFolderError} when the folder or a template in it cannot be used */
  async onModuleInit(): Promise<void> {
    this.logger.log({ templates: await this.read() }, 'Templates read');
  }

  /**
   * Reads the folder.
   * @returns how many there are
   * @throws {TemplateFolderError} when the folder or a template in it cannot be used
   */
  async read(): Promise<number> {
    const folder = this.config.templatesDir;
    const files = await readdir(folder).catch((error: unknown) => {
      throw new TemplateFolderError(`TEMPLATES_DIR cannot be read: ${folder}`, { cause: error });
    });
    for (const file of files.filter((name) => name.endsWith('.json'))) {
      this.byName.set(basename(file, '.json'), await readTemplate(join(folder, file)));
    }
    return this.byName.size;
  }

  /** The template of that name, if there is one. */
  get(name: string): Template | undefined {
    return this.byName.get(name);
  }
}

async function readTemplate(path: string): Promise<Template> {
  try {
    return templateSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new TemplateFolderError(
      `${path} is not a template: it should be JSON with "title", "body", "image" or "link" as text`,
      { cause: error },
    );
  }
}

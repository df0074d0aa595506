import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageOptions } from '../harness/image-options';
import { IMAGE_LIMITS } from './comparisons';

describe('comparisons', () => {
  it('limit bare as the image limits the service', () => {
    const image = imageOptions(readFileSync(join(__dirname, '../../Dockerfile'), 'utf8'));
    const given = [...image.nodeArgs, ...(image.env['NODE_OPTIONS'] ?? '').split(' ')];
    expect(given).toEqual(expect.arrayContaining(IMAGE_LIMITS));
  });
});

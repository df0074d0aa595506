import { Get } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { success, type Envelope } from '@push/contracts';
import { ApiAnswer } from '@push/http';
import { z } from 'zod';
import { Actor, AdminApi } from './admin-api.decorator';

const whoamiSchema = z.object({ actor: z.string() });

/** For trying out a key. */
@AdminApi('whoami', 'Access')
export class WhoamiController {
  @Get()
  @ApiOperation({ operationId: 'whoAmI', summary: 'The name of the key that was sent' })
  @ApiAnswer(whoamiSchema, { description: 'The key is valid', example: { actor: 'alice' } })
  whoAmI(@Actor() actor: string): Envelope<z.output<typeof whoamiSchema>> {
    return success({ actor }, 'The key is valid');
  }
}

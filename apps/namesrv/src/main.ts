import { runServiceProcess } from '@orbitmq/service';
import { nameServerService } from './definition.ts';

await runServiceProcess(nameServerService);

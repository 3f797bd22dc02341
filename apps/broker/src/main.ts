import { runServiceProcess } from '@orbitmq/service';
import { brokerService } from './definition.ts';

await runServiceProcess(brokerService);

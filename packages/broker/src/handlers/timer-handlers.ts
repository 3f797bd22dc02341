/** How far the timers are: for slaves of 5.x, and whoever wants to know. Source: AdminBrokerProcessor.java. */
import {
  getTimerCheckPoint,
  getTimerMetrics,
  printTimerCheckpoint,
  printTimerMetricsSerializeWrapper,
  ResponseCode,
} from '@orbitmq/protocol';
import { type RemotingServer, ResponseError, reply } from '@orbitmq/remoting';
import type { TimerService } from '../timer/timer-service.ts';

/** @param timers undefined where `timerWheelEnable` is off, and before they begin */
export function registerTimerHandlers(
  server: RemotingServer,
  timers: () => Pick<TimerService, 'checkpoint' | 'metrics'> | undefined,
): void {
  server.register(getTimerCheckPoint, () => {
    const service = timers();
    if (service === undefined) throw absent('The checkpoint is null');
    return reply({ body: printTimerCheckpoint(service.checkpoint) });
  });
  server.register(getTimerMetrics, () => {
    const service = timers();
    if (service === undefined) throw absent('The timer message store is null');
    return reply({ body: printTimerMetricsSerializeWrapper(service.metrics) });
  });
}

function absent(remark: string): ResponseError {
  return new ResponseError(ResponseCode.SYSTEM_ERROR, remark);
}

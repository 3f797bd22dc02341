/**
 * The official mqadmin's commands whose output against our cluster is compared with its output against
 * Apache's, in the order in which they run: each finds what those before it left.
 */
export interface AdminCommand {
  /** Its words, parted by blanks; NAMESRV, BROKER, UNIQUE_ID, OFFSET_ID and QUEUE_ID are put in. */
  readonly words: string;
  /**
   * `text`: the same lines, in any order. `keys`: every key Apache prints, whatever its value.
   * `first-line`: the rest names settings, of which each broker has its own.
   */
  readonly compare: 'text' | 'keys' | 'first-line';
  /** Only these lines are compared: what is left out is each broker's own. */
  readonly only?: RegExp;
}

/**
 * Lines about topics and groups that these commands made or that every version has. Brokers of 4.9 make
 * RMQ_SYS_TRANS_HALF_TOPIC with the first transaction, those of 5.x at the start, and with it the topics of POP.
 */
const OURS_AND_COMMON =
  /Adm|^#|(?:^| )DefaultCluster$|^broker-a$|TBW102|SELF_TEST_TOPIC|SCHEDULE_TOPIC_XXXX/u;

/** Without the retry topic: whether a group that left at once committed an offset there is a race. */
const ITS_TOPIC = /^AdmMsgs|^#|Diff Total/u;

function text(words: string, only?: RegExp): AdminCommand {
  return { words, compare: 'text', ...(only === undefined ? {} : { only }) };
}

export const ADMIN_COMMANDS: readonly AdminCommand[] = [
  text('updateTopic -n NAMESRV -b BROKER -t AdmT -r 4 -w 4'),
  text('updateTopic -n NAMESRV -c DefaultCluster -t AdmC -r 2 -w 3 -p 6'),
  text('updateTopic -n NAMESRV -c NoSuchCluster -t AdmX'),
  text('topicList -n NAMESRV', OURS_AND_COMMON),
  text('topicList -n NAMESRV -c', OURS_AND_COMMON),
  text('topicRoute -n NAMESRV -t AdmT'),
  text('topicRoute -n NAMESRV -t NoSuchTopic'),
  text('topicRoute -n NAMESRV -t AdmC -l'),
  text('topicStatus -n NAMESRV -t AdmMsgs'),
  text('topicStatus -n NAMESRV -t NoSuchTopic'),
  text('topicClusterList -n NAMESRV -t AdmT'),
  text('clusterList -n NAMESRV'),
  text('clusterList -n NAMESRV -m'),
  { words: 'brokerStatus -n NAMESRV -b BROKER', compare: 'keys' },
  { words: 'brokerStatus -n NAMESRV -c DefaultCluster', compare: 'keys' },
  text('updateSubGroup -n NAMESRV -b BROKER -g AdmG'),
  text('updateSubGroup -n NAMESRV -c DefaultCluster -g AdmG2 -r 5 -s false'),
  text('sendMessage -n NAMESRV -t AdmT -p hello -k key1 -c tag1'),
  text('consumerProgress -n NAMESRV', OURS_AND_COMMON),
  text('consumerProgress -n NAMESRV -g AdmGroup', ITS_TOPIC),
  text('consumerProgress -n NAMESRV -g NoSuchGroup'),
  text('updateTopicPerm -n NAMESRV -b BROKER -t AdmT -p 4'),
  text('updateTopicPerm -n NAMESRV -c DefaultCluster -t AdmT -p 6'),
  { words: 'getBrokerConfig -n NAMESRV -b BROKER', compare: 'first-line' },
  { words: 'getNamesrvConfig -n NAMESRV', compare: 'first-line' },
  text('updateKvConfig -n NAMESRV -s ns1 -k k1 -v v1'),
  text('deleteKvConfig -n NAMESRV -s ns1 -k k1'),
  text('updateOrderConf -n NAMESRV -m put -t AdmT -v broker-a:4'),
  text('updateOrderConf -n NAMESRV -m get -t AdmT'),
  text('updateOrderConf -n NAMESRV -m delete -t AdmT'),
  text('queryMsgById -n NAMESRV -i OFFSET_ID'),
  text('queryMsgByKey -n NAMESRV -t AdmMsgs -k k1'),
  text('queryMsgByUniqueKey -n NAMESRV -t AdmMsgs -i UNIQUE_ID'),
  text('queryMsgByOffset -n NAMESRV -t AdmMsgs -b broker-a -i QUEUE_ID -o 0'),
  text('queryMsgByOffset -n NAMESRV -t AdmMsgs -b broker-a -i 0 -o 999'),
  text('printMsg -n NAMESRV -t AdmMsgs'),
  text('printMsgByQueue -n NAMESRV -t AdmMsgs -a broker-a -i 0 -p true'),
  text('consumeMessage -n NAMESRV -t AdmMsgs -c 3'),
  text('statsAll -n NAMESRV', /Adm/u),
  text('brokerConsumeStats -n NAMESRV -b BROKER'),
  text('consumerConnection -n NAMESRV -g AdmGroup'),
  text('producerConnection -n NAMESRV -g NoSuch -t AdmMsgs'),
  text('resetOffsetByTime -n NAMESRV -g AdmGroup -t AdmMsgs -s 0'),
  text('consumerProgress -n NAMESRV -g AdmGroup', ITS_TOPIC),
  text('skipAccumulatedMessage -n NAMESRV -g AdmGroup -t AdmMsgs'),
  text('cloneGroupOffset -n NAMESRV -s AdmGroup -d AdmG -t AdmMsgs'),
  text('checkMsgSendRT -n NAMESRV -t AdmT -a 3 -s 16'),
  text('sendMsgStatus -n NAMESRV -b broker-a -s 16 -c 3'),
  text('allocateMQ -n NAMESRV -t AdmT -i 10.0.0.1,10.0.0.2', /^$/u),
  text('cleanExpiredCQ -n NAMESRV -b BROKER'),
  text('cleanUnusedTopic -n NAMESRV -b BROKER'),
  text('updateBrokerConfig -n NAMESRV -b BROKER -k sendThreadPoolQueueCapacity -v 12000'),
  text('updateNamesrvConfig -n NAMESRV -k serverCallbackExecutorThreads -v 2'),
  text('wipeWritePerm -n NAMESRV -b broker-a'),
  text('topicRoute -n NAMESRV -t AdmT'),
  text('addWritePerm -n NAMESRV -b broker-a'),
  text('deleteSubGroup -n NAMESRV -b BROKER -g AdmG'),
  text('deleteTopic -n NAMESRV -c DefaultCluster -t AdmT'),
  text('topicRoute -n NAMESRV -t AdmT'),
];

package judge;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.rocketmq.client.consumer.AllocateMessageQueueStrategy;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragely;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragelyByCircle;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueByConfig;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueByMachineRoom;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueConsistentHash;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Members of groups whose other members are somebody else's, steered by lines on standard input: {@code join
 * GROUP TOPIC STRATEGY orderly|concurrently}, {@code leave GROUP}; ends with the input. A strategy that needs
 * to be told something has it behind a colon: {@code MACHINE_ROOM:room1,room2}, {@code
 * CONFIG:broker-a/0,broker-a/1}. Prints, one JSON object a line, what it holds, ten times a second, and every
 * message.
 */
public final class Members {
  private static final int REPORT_MS = 100;

  private Members() {}

  public static void main(String[] arguments) throws Exception {
    String namesrv = arguments[0];
    Map<String, DefaultMQPushConsumer> members = new ConcurrentHashMap<>();
    new Timer(true)
        .schedule(
            new TimerTask() {
              @Override
              public void run() {
                members.forEach((group, member) -> report(group, member));
              }
            },
            REPORT_MS,
            REPORT_MS);
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String[] words = line.split(" ");
      if (words[0].equals("join")) {
        members.put(words[1], join(namesrv, words[1], words[2], words[3], words[4].equals("orderly")));
      } else {
        members.remove(words[1]).shutdown();
        print("{\"group\":\"" + words[1] + "\",\"left\":true}");
      }
    }
    members.values().forEach(DefaultMQPushConsumer::shutdown);
    System.exit(0);
  }

  private static DefaultMQPushConsumer join(
      String namesrv, String group, String topic, String strategy, boolean isOrderly) throws Exception {
    DefaultMQPushConsumer member = new DefaultMQPushConsumer(group);
    member.setNamesrvAddr(namesrv);
    member.setVipChannelEnabled(false);
    member.setPollNameServerInterval(1_000);
    member.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    member.setAllocateMessageQueueStrategy(strategyOf(strategy, topic));
    member.subscribe(topic, "*");
    if (isOrderly) {
      member.registerMessageListener(
          (MessageListenerOrderly)
              (messages, context) -> {
                consume(group, messages);
                return ConsumeOrderlyStatus.SUCCESS;
              });
    } else {
      member.registerMessageListener(
          (MessageListenerConcurrently)
              (messages, context) -> {
                consume(group, messages);
                return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
              });
    }
    member.start();
    return member;
  }

  private static AllocateMessageQueueStrategy strategyOf(String text, String topic) {
    String[] parts = text.split(":", 2);
    switch (parts[0]) {
      case "AVG":
        return new AllocateMessageQueueAveragely();
      case "AVG_BY_CIRCLE":
        return new AllocateMessageQueueAveragelyByCircle();
      case "CONSISTENT_HASH":
        return new AllocateMessageQueueConsistentHash();
      case "MACHINE_ROOM":
        AllocateMessageQueueByMachineRoom byRoom = new AllocateMessageQueueByMachineRoom();
        byRoom.setConsumeridcs(new HashSet<>(Arrays.asList(parts[1].split(","))));
        return byRoom;
      case "CONFIG":
        AllocateMessageQueueByConfig byConfig = new AllocateMessageQueueByConfig();
        byConfig.setMessageQueueList(
            Arrays.stream(parts[1].split(","))
                .map(place -> place.split("/"))
                .map(place -> new MessageQueue(topic, place[0], Integer.parseInt(place[1])))
                .collect(Collectors.toList()));
        return byConfig;
      default:
        throw new IllegalArgumentException("no such strategy: " + text);
    }
  }

  private static void consume(String group, List<MessageExt> messages) {
    for (MessageExt message : messages) {
      print(
          "{\"group\":\"" + group + "\",\"atMs\":" + System.currentTimeMillis()
              + ",\"queueId\":" + message.getQueueId()
              + ",\"queueOffset\":" + message.getQueueOffset() + "}");
    }
  }

  private static void report(String group, DefaultMQPushConsumer member) {
    String queues =
        member.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().entrySet().stream()
            .filter(entry -> !entry.getKey().getTopic().startsWith("%RETRY%") && !entry.getValue().isDropped())
            .map(entry -> String.valueOf(entry.getKey().getQueueId()))
            .sorted()
            .collect(Collectors.joining(","));
    String clientId = member.getDefaultMQPushConsumerImpl().getmQClientFactory().getClientId();
    print("{\"group\":\"" + group + "\",\"clientId\":\"" + clientId + "\",\"queues\":[" + queues + "]}");
  }

  private static synchronized void print(String line) {
    System.out.println(line);
    System.out.flush();
  }
}

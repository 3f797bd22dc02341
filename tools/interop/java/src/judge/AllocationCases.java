package judge;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.rocketmq.client.consumer.AllocateMessageQueueStrategy;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMachineRoomNearby;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragely;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragelyByCircle;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueByConfig;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueByMachineRoom;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueConsistentHash;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Prints how the official client divides queues, as JSON: {@code
 * packages/client/test-data/allocation.json}. Queues and client ids of a case are given unsorted, the
 * shares are those of the sorted ones.
 */
public final class AllocationCases {
  private static final Random RANDOM = new Random(5);

  private AllocationCases() {}

  public static void main(String[] arguments) {
    List<String> cases = new ArrayList<>();
    for (int queueCount : new int[] {1, 2, 4, 5, 8, 16, 23}) {
      for (int clientCount : new int[] {1, 2, 3, 5, 9}) {
        List<MessageQueue> queues = queues("TopicA", queueCount, "broker-a", "broker-b", "broker-C");
        List<String> clients = clients(clientCount, "10.0.0.");
        add(cases, "AVG", new AllocateMessageQueueAveragely(), queues, clients);
        add(cases, "AVG_BY_CIRCLE", new AllocateMessageQueueAveragelyByCircle(), queues, clients);
        add(cases, "CONSISTENT_HASH", new AllocateMessageQueueConsistentHash(), queues, clients);
        add(cases, "CONSISTENT_HASH/3", new AllocateMessageQueueConsistentHash(3), queues, clients);
        List<MessageQueue> rooms = queues("主题", queueCount, "room1@a", "room2@b", "room3@c", "plain");
        AllocateMessageQueueByMachineRoom byRoom = new AllocateMessageQueueByMachineRoom();
        byRoom.setConsumeridcs(Set.of("room1", "room3"));
        add(cases, "MACHINE_ROOM", byRoom, rooms, clients);
        AllocateMessageQueueByConfig byConfig = new AllocateMessageQueueByConfig();
        byConfig.setMessageQueueList(queues.subList(0, (queueCount + 1) / 2));
        add(cases, "CONFIG", byConfig, queues, clients);
        List<String> near = new ArrayList<>(clients(clientCount, "room1@"));
        near.addAll(clients((clientCount + 1) / 2, "room3@"));
        List<MessageQueue> everywhere = queues("T", queueCount, "room1@a", "room2@b", "room3@c");
        add(cases, "NEARBY-AVG", nearby(new AllocateMessageQueueAveragely()), everywhere, near);
        add(cases, "NEARBY-AVG_BY_CIRCLE", nearby(new AllocateMessageQueueAveragelyByCircle()), everywhere, near);
      }
    }
    System.out.println("[\n" + String.join(",\n", cases) + "\n]");
  }

  private static AllocateMessageQueueStrategy nearby(AllocateMessageQueueStrategy inner) {
    return new AllocateMachineRoomNearby(
        inner,
        new AllocateMachineRoomNearby.MachineRoomResolver() {
          @Override
          public String brokerDeployIn(MessageQueue queue) {
            return queue.getBrokerName().split("@")[0];
          }

          @Override
          public String consumerDeployIn(String clientId) {
            return clientId.split("@")[0];
          }
        });
  }

  private static List<MessageQueue> queues(String topic, int count, String... brokers) {
    List<MessageQueue> queues = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      queues.add(new MessageQueue(topic, brokers[i % brokers.length], i / brokers.length));
    }
    return queues;
  }

  private static List<String> clients(int count, String prefix) {
    List<String> clients = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      clients.add(prefix + RANDOM.nextInt(256) + "@" + RANDOM.nextInt(100_000) + "#" + RANDOM.nextLong());
    }
    return clients;
  }

  private static void add(
      List<String> cases,
      String strategy,
      AllocateMessageQueueStrategy allocation,
      List<MessageQueue> givenQueues,
      List<String> givenClients) {
    List<MessageQueue> queues = new ArrayList<>(givenQueues);
    List<String> clients = new ArrayList<>(givenClients);
    Collections.shuffle(queues, RANDOM);
    Collections.shuffle(clients, RANDOM);
    String unsorted = "\"queues\":" + print(queues) + ",\"clients\":" + texts(clients);
    Collections.sort(queues);
    Collections.sort(clients);
    List<String> shares = new ArrayList<>();
    for (String client : clients) {
      shares.add(texts(List.of(client)).replaceAll("^\\[|]$", "") + ":" + print(allocation.allocate("G", client, queues, clients)));
    }
    cases.add("{\"strategy\":\"" + strategy + "\"," + unsorted + ",\"shares\":{" + String.join(",", shares) + "}}");
  }

  private static String print(List<MessageQueue> queues) {
    return texts(
        queues.stream()
            .map(queue -> queue.getTopic() + "/" + queue.getBrokerName() + "/" + queue.getQueueId())
            .collect(Collectors.toList()));
  }

  private static String texts(List<String> texts) {
    return texts.stream().collect(Collectors.joining("\",\"", "[\"", "\"]")).replace("[\"\"]", "[]");
  }
}

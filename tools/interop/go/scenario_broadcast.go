package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

func init() { scenarios["broadcast"] = broadcast }

// broadcastRetry is longer than what the first retry of a message would wait.
const broadcastRetry = 12 * time.Second

// broadcast: every instance of a broadcasting group gets everything; progress is kept at the client, and what a
// listener does not accept is not retried.
func broadcast(c *cluster) error {
	count := c.parameter("count", 100)
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	group := c.name("c")
	var tallies [2]*tally
	for i := range tallies {
		seen := newTally(c.run)
		tallies[i] = seen
		listen := func(_ context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
			if seen.add(messages[0])%10 == 0 {
				return consumer.ConsumeRetryLater, nil
			}
			return consumer.ConsumeSuccess, nil
		}
		if _, err := c.consume(group, topic, "*", listen, consumer.WithConsumerModel(consumer.BroadCasting)); err != nil {
			return err
		}
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	if err := c.sendAll(p, topic, 0, count); err != nil {
		return err
	}
	for _, seen := range tallies {
		if err := c.awaitAll(seen, count); err != nil {
			return err
		}
		if err := seen.verifyExactlyOnce(count); err != nil {
			return err
		}
	}
	err = c.await("the local offset files", func() bool {
		files, err := filepath.Glob(filepath.Join(os.Getenv("HOME"), ".rocketmq_client_go", group, "*", "offset.json"))
		return err == nil && len(files) == len(tallies)
	})
	if err != nil {
		return err
	}
	time.Sleep(broadcastRetry)
	for _, seen := range tallies {
		if err := seen.verifyExactlyOnce(count); err != nil {
			return err
		}
	}
	client, err := c.admin()
	if err != nil {
		return err
	}
	queues, err := client.FetchPublishMessageQueues(context.Background(), "%DLQ%"+group)
	if err == nil && len(queues) > 0 {
		return errors.New("a dead-letter topic of a broadcasting group")
	}
	return nil
}

package main

import "github.com/apache/rocketmq-client-go/v2/consumer"

func init() { scenarios["from-where"] = fromWhere }

// fromWhere: on a topic whose first message is still there and in memory, brokers answer 0 for a group without
// progress: it then begins at the first message whatever it asked for.
func fromWhere(c *cluster) error {
	count := c.parameter("count", 40)
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	if err := c.sendAll(p, topic, 0, count); err != nil {
		return err
	}
	for _, where := range []consumer.ConsumeFromWhere{
		consumer.ConsumeFromFirstOffset, consumer.ConsumeFromLastOffset, consumer.ConsumeFromTimestamp,
	} {
		seen := newTally(c.run)
		if _, err := c.collect(c.name("c"), topic, "*", seen, consumer.WithConsumeFromWhere(where)); err != nil {
			return err
		}
		if err := c.awaitAll(seen, count); err != nil {
			return err
		}
		if err := seen.verifyExactlyOnce(count); err != nil {
			return err
		}
	}
	return nil
}

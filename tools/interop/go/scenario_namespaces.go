package main

import (
	"fmt"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

func init() { scenarios["namespaces"] = namespaces }

const namespace = "MQ_INST_interop"

// namespaces: names are wrapped on the wire. This client shows its application the wrapped name of a topic.
func namespaces(c *cluster) error {
	const count = 20
	topic, group := c.name("t"), c.name("c")
	wrapped := namespace + "%" + topic
	if err := c.createTopic(wrapped, 4); err != nil {
		return err
	}
	p, err := c.producer(producer.WithNamespace(namespace))
	if err != nil {
		return err
	}
	if err := c.sendAll(p, topic, 0, count); err != nil {
		return err
	}
	inside, outside := newTally(c.run), newTally(c.run)
	if _, err := c.collect(group, topic, "*", inside, consumer.WithNamespace(namespace)); err != nil {
		return err
	}
	if _, err := c.collect(c.name("outside"), wrapped, "*", outside); err != nil {
		return err
	}
	for _, seen := range []*tally{inside, outside} {
		if err := c.awaitAll(seen, count); err != nil {
			return err
		}
		if err := seen.verifyExactlyOnce(count); err != nil {
			return err
		}
		if got := seen.message(0).Topic; got != wrapped {
			return fmt.Errorf("topic for the application is %s, expected %s", got, wrapped)
		}
	}
	client, err := c.admin()
	if err != nil {
		return err
	}
	return c.awaitRoute(client, "%RETRY%"+namespace+"%"+group)
}

package main

import (
	"context"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

func init() { scenarios["tls"] = tls }

// tls: everything over TLS: name server, administration, sends of small and large bodies, consumption.
func tls(c *cluster) error {
	count := c.parameter("count", 100)
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	p, err := c.producer(producer.WithTls(true), producer.WithCompressMsgBodyOverHowmuch(8<<20))
	if err != nil {
		return err
	}
	for i := range count {
		size := 1 + i*37%9_000
		if i%20 == 19 {
			size = 1 << 20
		}
		if err := stored(p.SendSync(context.Background(), c.message(topic, "TagA", i, size))); err != nil {
			return err
		}
	}
	seen := newTally(c.run)
	if _, err := c.collect(c.name("c"), topic, "*", seen, consumer.WithTls(true)); err != nil {
		return err
	}
	if err := c.awaitAll(seen, count); err != nil {
		return err
	}
	return seen.verifyExactlyOnce(count)
}

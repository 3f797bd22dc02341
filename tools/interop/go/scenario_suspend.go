package main

import (
	"context"
	"fmt"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

const (
	beforeSuspension = 40
	afterSuspension  = 20
	// A pull that waits at the broker when the consumer is suspended still brings what comes meanwhile: it waits for 20 s,
	// and brokers look every 5 s whose time is over.
	heldPull = 26500 * time.Millisecond
	surplus  = 3 * time.Second
)

func init() { scenarios["suspend"] = suspend }

// suspend: a suspended consumer gets nothing and goes on where it was; of a topic it left it gets nothing more.
func suspend(c *cluster) error {
	kept, err := c.topic(4)
	if err != nil {
		return err
	}
	left, err := c.topic(4)
	if err != nil {
		return err
	}
	ofKept, ofLeft := newTally(c.run), newTally(c.run)
	suspended, err := c.consumeBoth(kept, left, ofKept, ofLeft)
	if err != nil {
		return err
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	total := beforeSuspension + afterSuspension
	for _, topic := range []string{kept, left} {
		if err := c.sendAll(p, topic, 0, beforeSuspension); err != nil {
			return err
		}
	}
	if err := c.awaitAll(ofKept, beforeSuspension); err != nil {
		return err
	}
	if err := c.awaitAll(ofLeft, beforeSuspension); err != nil {
		return err
	}
	if err := suspended.Unsubscribe(left); err != nil {
		return err
	}
	suspended.Suspend()
	time.Sleep(heldPull)
	for _, topic := range []string{kept, left} {
		if err := c.sendAll(p, topic, beforeSuspension, total); err != nil {
			return err
		}
	}
	time.Sleep(surplus)
	if ofKept.distinct() != beforeSuspension {
		return fmt.Errorf("%d messages while suspended", ofKept.distinct()-beforeSuspension)
	}
	suspended.Resume()
	if err := c.awaitAll(ofKept, total); err != nil {
		return err
	}
	if err := ofKept.verifyExactlyOnce(total); err != nil {
		return err
	}
	time.Sleep(surplus)
	return ofLeft.verify(total, func(index int) bool { return index < beforeSuspension })
}

// consumeBoth consumes two topics, each into a tally of its own.
func (c *cluster) consumeBoth(first, second string, ofFirst, ofSecond *tally) (rocketmq.PushConsumer, error) {
	created, err := rocketmq.NewPushConsumer(
		consumer.WithNsResolver(c.resolver()),
		consumer.WithGroupName(c.name("c")),
		consumer.WithInstance(c.name("i")),
		consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset))
	if err != nil {
		return nil, err
	}
	listen := func(_ context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		for _, message := range messages {
			if message.Topic == first {
				ofFirst.add(message)
			} else {
				ofSecond.add(message)
			}
		}
		return consumer.ConsumeSuccess, nil
	}
	for _, topic := range []string{first, second} {
		if err := created.Subscribe(topic, consumer.MessageSelector{}, listen); err != nil {
			return nil, err
		}
	}
	if err := created.Start(); err != nil {
		return nil, err
	}
	c.closers = append(c.closers, created.Shutdown)
	return created, nil
}

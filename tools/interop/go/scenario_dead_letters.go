package main

import (
	"context"
	"fmt"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

func init() { scenarios["dead-letters"] = deadLetters }

// deadLetters: a message whose retries are used up goes to the group's dead letters, one topic for all topics.
func deadLetters(c *cluster) error {
	const each = 5
	var topics [2]string
	for i := range topics {
		topic, err := c.topic(4)
		if err != nil {
			return err
		}
		topics[i] = topic
	}
	group := c.name("c")
	dead := "%DLQ%" + group
	client, err := c.admin()
	if err != nil {
		return err
	}
	if queues, err := client.FetchPublishMessageQueues(context.Background(), dead); err == nil && len(queues) > 0 {
		return fmt.Errorf("a dead-letter topic before any dead letter")
	}
	refuse := func(context.Context, ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		return consumer.ConsumeRetryLater, nil
	}
	refusing, err := c.consume(group, topics[0], "*", refuse, consumer.WithMaxReconsumeTimes(0))
	if err != nil {
		return err
	}
	if err := refusing.Subscribe(topics[1], consumer.MessageSelector{Type: consumer.TAG, Expression: "*"}, refuse); err != nil {
		return err
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	var sent []*primitive.SendResult
	for i := range len(topics) * each {
		result, err := p.SendSync(context.Background(), c.message(topics[i/each], "TagA", i, 100))
		if err := stored(result, err); err != nil {
			return err
		}
		sent = append(sent, result)
	}
	if err := c.awaitRoute(client, dead); err != nil {
		return err
	}
	queues, err := client.FetchPublishMessageQueues(context.Background(), dead)
	if err != nil || len(queues) != 1 {
		return fmt.Errorf("%d dead-letter queues, expected 1: %v", len(queues), err)
	}
	letters := newTally(c.run)
	if _, err := c.collect(c.name("reader"), dead, "*", letters); err != nil {
		return err
	}
	if err := c.awaitAll(letters, len(topics)*each); err != nil {
		return err
	}
	for i := range len(topics) * each {
		letter := letters.message(i)
		if letter == nil || letter.GetProperty("RETRY_TOPIC") != topics[i/each] || letter.MsgId != sent[i].MsgID ||
			letter.GetProperty("ORIGIN_MESSAGE_ID") != sent[i].OffsetMsgID || letter.ReconsumeTimes != 1 {
			return fmt.Errorf("dead letter %d is %v, sent as %v", i, letter, sent[i])
		}
	}
	return letters.verifyExactlyOnce(len(topics) * each)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

func init() { scenarios["request-reply"] = requestReply }

const (
	requestLimit = 15 * time.Second
	replyOffset  = 1_000
)

// requestReply: a request gets the reply that is meant for it, two requesters at once; without a replier it times out.
func requestReply(c *cluster) error {
	count := c.parameter("count", 20)
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	nobody, err := c.topic(4)
	if err != nil {
		return err
	}
	if err := c.startReplier(topic); err != nil {
		return err
	}
	var requesters [2]rocketmq.Producer
	for i := range requesters {
		if requesters[i], err = c.producer(); err != nil {
			return err
		}
		// A broker can hand a reply only to a client it knows, and this client says who it is with its next heartbeat.
		if err := c.awaitReply(requesters[i], topic); err != nil {
			return err
		}
	}
	replies := make(chan error, count)
	for i := range count {
		isAnswer := func(_ context.Context, reply *primitive.Message, err error) {
			replies <- c.verifyReply(i, reply, err)
		}
		if err := requesters[i%2].RequestAsync(context.Background(), requestLimit, isAnswer, c.message(topic, "TagA", i, 100)); err != nil {
			return err
		}
	}
	for range count {
		select {
		case err := <-replies:
			if err != nil {
				return err
			}
		case <-time.After(2 * requestLimit):
			return errors.New("a callback is missing")
		}
	}
	for i := range count {
		reply, err := requesters[i%2].Request(context.Background(), requestLimit, c.message(topic, "TagA", i, 100))
		if err := c.verifyReply(i, reply, err); err != nil {
			return err
		}
	}
	if _, err := requesters[0].Request(context.Background(), time.Second, c.message(nobody, "TagA", 0, 100)); err == nil {
		return errors.New("a request that nobody answers got an answer")
	}
	return nil
}

// startReplier answers each request of a topic with a body of an index that follows from the request's.
func (c *cluster) startReplier(topic string) error {
	replier, err := c.producer()
	if err != nil {
		return err
	}
	reply := func(_ context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		for _, message := range messages {
			body := makeBody(c.run, indexOf(c.run, message.Body)+replyOffset, 90)
			answer, err := consumer.CreateReplyMessage(message, body)
			if err != nil {
				return consumer.ConsumeRetryLater, err
			}
			// The client takes the body for properties.
			answer.Body = body
			// A reply to who waits no longer is refused; the next request says whether that matters.
			if _, err := replier.SendSync(context.Background(), answer); err != nil {
				fmt.Println("reply:", err)
			}
		}
		return consumer.ConsumeSuccess, nil
	}
	_, err = c.consume(c.name("c"), topic, "*", reply)
	return err
}

func (c *cluster) awaitReply(requester rocketmq.Producer, topic string) error {
	return c.await("a first reply", func() bool {
		reply, err := requester.Request(context.Background(), 3*time.Second, c.message(topic, "TagA", 0, 100))
		return c.verifyReply(0, reply, err) == nil
	})
}

func (c *cluster) verifyReply(index int, reply *primitive.Message, err error) error {
	if err != nil {
		return fmt.Errorf("request %d: %w", index, err)
	}
	if reply == nil || indexOf(c.run, reply.Body) != index+replyOffset {
		return fmt.Errorf("request %d got %v", index, reply)
	}
	return nil
}

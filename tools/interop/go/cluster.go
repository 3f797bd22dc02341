package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/admin"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

// timeout is enough for a busy two-core machine; what must be fast has limits of its own.
const timeout = 60 * time.Second

// listener is what a push consumer calls.
type listener = func(context.Context, ...*primitive.MessageExt) (consumer.ConsumeResult, error)

// cluster is what scenarios are made of: names of their own, clients that are shut down at the end.
type cluster struct {
	namesrv    string
	run        string
	parameters map[string]string
	facts      map[string]any
	closers    []func() error
	names      int
}

func newCluster(scenario, namesrv string, parameters map[string]string) *cluster {
	run := scenario + "_" + strconv.FormatInt(time.Now().UnixMilli(), 36)
	return &cluster{namesrv: namesrv, run: run, parameters: parameters, facts: map[string]any{}}
}

func (c *cluster) parameter(name string, otherwise int) int {
	if value, err := strconv.Atoi(c.parameters[name]); err == nil {
		return value
	}
	return otherwise
}

func (c *cluster) close() {
	for i := len(c.closers) - 1; i >= 0; i-- {
		if err := c.closers[i](); err != nil {
			fmt.Println("close:", err)
		}
	}
}

func (c *cluster) name(kind string) string {
	c.names++
	return fmt.Sprintf("%s_%s_%d", kind, c.run, c.names)
}

func (c *cluster) resolver() primitive.NsResolver {
	return primitive.NewPassthroughResolver([]string{c.namesrv})
}

// topic creates a topic of this run.
func (c *cluster) topic(queues int) (string, error) {
	topic := c.name("t")
	return topic, c.createTopic(topic, queues)
}

// createTopic creates a topic on the broker that the parameter names, readable and writable, or makes it so.
func (c *cluster) createTopic(topic string, queues int) error {
	client, err := c.admin()
	if err != nil {
		return err
	}
	err = client.CreateTopic(context.Background(),
		admin.WithTopicCreate(topic),
		admin.WithBrokerAddrCreate(c.parameters["broker"]),
		admin.WithReadQueueNums(queues),
		admin.WithWriteQueueNums(queues))
	if err != nil {
		return err
	}
	return c.awaitRoute(client, topic)
}

// admin is an administrator of this run; it is closed with it.
func (c *cluster) admin() (admin.Admin, error) {
	client, err := admin.NewAdmin(admin.WithResolver(c.resolver()), admin.WithTls(c.parameters["tls"] == "true"))
	if err != nil {
		return nil, err
	}
	c.closers = append(c.closers, client.Close)
	return client, nil
}

func (c *cluster) awaitRoute(client admin.Admin, topic string) error {
	return c.await("a route of "+topic, func() bool {
		queues, err := client.FetchPublishMessageQueues(context.Background(), topic)
		return err == nil && len(queues) > 0
	})
}

func (c *cluster) producer(options ...producer.Option) (rocketmq.Producer, error) {
	all := append([]producer.Option{
		producer.WithNsResolver(c.resolver()),
		producer.WithGroupName(c.name("p")),
		producer.WithInstanceName(c.name("i")),
		producer.WithRetry(2),
		producer.WithSendMsgTimeout(10 * time.Second),
	}, options...)
	created, err := rocketmq.NewProducer(all...)
	if err != nil {
		return nil, err
	}
	if err := created.Start(); err != nil {
		return nil, err
	}
	c.closers = append(c.closers, created.Shutdown)
	return created, nil
}

func (c *cluster) consume(group, topic, expression string, listen listener, options ...consumer.Option) (rocketmq.PushConsumer, error) {
	selector := consumer.MessageSelector{Type: consumer.TAG, Expression: expression}
	return c.consumeBy(selector, group, topic, listen, options...)
}

// consumeBy consumes what a selector of any kind lets through.
func (c *cluster) consumeBy(selector consumer.MessageSelector, group, topic string, listen listener, options ...consumer.Option) (rocketmq.PushConsumer, error) {
	all := append([]consumer.Option{
		consumer.WithNsResolver(c.resolver()),
		consumer.WithGroupName(group),
		consumer.WithInstance(c.name("i")),
		consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset),
	}, options...)
	created, err := rocketmq.NewPushConsumer(all...)
	if err != nil {
		return nil, err
	}
	if err := created.Subscribe(topic, selector, listen); err != nil {
		return nil, err
	}
	if err := created.Start(); err != nil {
		return nil, err
	}
	c.closers = append(c.closers, created.Shutdown)
	return created, nil
}

// collect consumes into a tally.
func (c *cluster) collect(group, topic, expression string, into *tally, options ...consumer.Option) (rocketmq.PushConsumer, error) {
	return c.consume(group, topic, expression, into.listen, options...)
}

func (c *cluster) message(topic, tag string, index, size int) *primitive.Message {
	message := primitive.NewMessage(topic, makeBody(c.run, index, size))
	return message.WithTag(tag).WithKeys([]string{fmt.Sprintf("k%d", index)})
}

// sendAll sends indexes from..to-1 one after another; all must be stored.
func (c *cluster) sendAll(p rocketmq.Producer, topic string, from, to int) error {
	for i := from; i < to; i++ {
		result, err := p.SendSync(context.Background(), c.message(topic, "TagA", i, 64+i%512))
		if err := stored(result, err); err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
	}
	return nil
}

func stored(result *primitive.SendResult, err error) error {
	if err != nil {
		return err
	}
	if result.Status != primitive.SendOK {
		return fmt.Errorf("send status %v", result.Status)
	}
	return nil
}

func (c *cluster) await(what string, condition func() bool) error {
	return c.awaitWithin(timeout, what, condition)
}

func (c *cluster) awaitWithin(limit time.Duration, what string, condition func() bool) error {
	deadline := time.Now().Add(limit)
	for !condition() {
		if time.Now().After(deadline) {
			return errors.New("timed out waiting for " + what)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}

// awaitAll waits until the tally holds that many, then a moment longer so that what is too much shows.
func (c *cluster) awaitAll(t *tally, expected int) error {
	err := c.await(fmt.Sprintf("%d messages", expected), func() bool { return t.distinct() >= expected })
	if err != nil {
		return fmt.Errorf("%w, got %d", err, t.distinct())
	}
	time.Sleep(300 * time.Millisecond)
	return nil
}

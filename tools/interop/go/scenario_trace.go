package main

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

func init() { scenarios["trace"] = trace }

const traceTopic = "RMQ_SYS_TRACE_TOPIC"

// trace: publications, deliveries and their ends are found in the trace topic by the message's id.
func trace(c *cluster) error {
	const count = 5
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	p, err := c.producer(producer.WithTrace(c.traceConfig()))
	if err != nil {
		return err
	}
	ids := make([]string, count)
	for i := range count {
		result, err := p.SendSync(context.Background(), c.message(topic, "TagA", i, 100))
		if err := stored(result, err); err != nil {
			return err
		}
		ids[i] = result.MsgID
	}
	seen := newTally(c.run)
	if _, err := c.collect(c.name("c"), topic, "*", seen, consumer.WithTrace(c.traceConfig())); err != nil {
		return err
	}
	if err := c.awaitAll(seen, count); err != nil {
		return err
	}
	var mutex sync.Mutex
	var traces []string
	read := func(_ context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		mutex.Lock()
		defer mutex.Unlock()
		for _, message := range messages {
			traces = append(traces, string(message.Body))
		}
		return consumer.ConsumeSuccess, nil
	}
	if _, err := c.consume(c.name("reader"), traceTopic, "*", read); err != nil {
		return err
	}
	for _, id := range ids {
		for _, kind := range []string{"Pub", "SubBefore", "SubAfter"} {
			err := c.await(fmt.Sprintf("a trace of kind %s", kind), func() bool {
				mutex.Lock()
				defer mutex.Unlock()
				return isTraced(traces, kind, id)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *cluster) traceConfig() *primitive.TraceConfig {
	return &primitive.TraceConfig{Access: primitive.Local, Resolver: c.resolver(), GroupName: c.name("tracer")}
}

func isTraced(traces []string, kind, id string) bool {
	for _, trace := range traces {
		for _, entry := range strings.Split(trace, "\x02") {
			if strings.HasPrefix(entry, kind+"\x01") && strings.Contains(entry, id) {
				return true
			}
		}
	}
	return false
}

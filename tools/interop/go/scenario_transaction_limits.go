package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

func init() { scenarios["transaction-limits"] = transactionLimits }

const (
	neverDecided     = 0
	decidedByAnother = 1
	committedAtOnce  = 2
	putAside         = "TRANS_CHECK_MAX_TIME_TOPIC"
	// producerKnown: a client tells brokers of its producers every 30 s.
	producerKnown = 32 * time.Second
	quietAside    = 8 * time.Second
)

// limitCheck counts what one producer is asked for.
type limitCheck struct {
	run   string
	mutex sync.Mutex
	asked map[int]int
}

// transactionLimits: the producer of undecided messages is gone: another one of its group is asked. Who never gets an
// answer is asked for so often, then the message is put aside, and no consumer sees it.
func transactionLimits(c *cluster) error {
	max := c.parameter("max", 2)
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	seen := newTally(c.run)
	if _, err := c.collect(c.name("c"), topic, "*", seen); err != nil {
		return err
	}
	group := c.name("p")
	alive, asked, err := c.limitProducer(group)
	if err != nil {
		return err
	}
	if err := c.sendHalf(alive, topic, committedAtOnce); err != nil {
		return err
	}
	time.Sleep(producerKnown)
	gone, askedOfWhoIsGone, err := c.limitProducer(group)
	if err != nil {
		return err
	}
	for _, index := range []int{neverDecided, decidedByAnother} {
		if err := c.sendHalf(gone, topic, index); err != nil {
			return err
		}
	}
	if err := gone.Shutdown(); err != nil {
		return err
	}
	if err := c.awaitAll(seen, 2); err != nil {
		return err
	}
	client, err := c.admin()
	if err != nil {
		return err
	}
	if err := c.awaitRoute(client, putAside); err != nil {
		return err
	}
	aside := newTally(c.run)
	listen := func(_ context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		for _, message := range messages {
			// Others of the cluster's runs lie there too.
			if indexOf(c.run, message.Body) == neverDecided {
				aside.add(message)
			}
		}
		return consumer.ConsumeSuccess, nil
	}
	if _, err := c.consume(c.name("reader"), putAside, "*", listen); err != nil {
		return err
	}
	if err := c.awaitAll(aside, 1); err != nil {
		return fmt.Errorf("%w, asked %v", err, asked.asked)
	}
	time.Sleep(quietAside)
	if real := aside.message(neverDecided).GetProperty("REAL_TOPIC"); real != topic {
		return fmt.Errorf("what is put aside is of topic %q", real)
	}
	if checks := asked.count(neverDecided); checks != max {
		return fmt.Errorf("%d checks of what was never decided, expected %d", checks, max)
	}
	if asked.count(committedAtOnce) > 0 || len(askedOfWhoIsGone.asked) > 0 {
		return fmt.Errorf("asked %v, and %v of the producer that is gone", asked.asked, askedOfWhoIsGone.asked)
	}
	if err := seen.verify(3, func(index int) bool { return index != neverDecided }); err != nil {
		return err
	}
	if duplicates := seen.duplicates() + aside.duplicates(); duplicates > 0 {
		return fmt.Errorf("%d duplicates", duplicates)
	}
	return nil
}

func (c *cluster) limitProducer(group string) (rocketmq.TransactionProducer, *limitCheck, error) {
	check := &limitCheck{run: c.run, asked: map[int]int{}}
	p, err := rocketmq.NewTransactionProducer(check,
		producer.WithNsResolver(c.resolver()),
		producer.WithGroupName(group),
		producer.WithInstanceName(c.name("i")),
		producer.WithSendMsgTimeout(10*time.Second))
	if err != nil {
		return nil, nil, err
	}
	if err := p.Start(); err != nil {
		return nil, nil, err
	}
	c.closers = append(c.closers, p.Shutdown)
	return p, check, nil
}

func (c *cluster) sendHalf(p rocketmq.TransactionProducer, topic string, index int) error {
	result, err := p.SendMessageInTransaction(context.Background(), c.message(topic, "TagA", index, 100))
	if err != nil {
		return err
	}
	return stored(result.SendResult, nil)
}

func (l *limitCheck) ExecuteLocalTransaction(message *primitive.Message) primitive.LocalTransactionState {
	if indexOf(l.run, message.Body) == committedAtOnce {
		return primitive.CommitMessageState
	}
	return primitive.UnkonwnState
}

func (l *limitCheck) CheckLocalTransaction(message *primitive.MessageExt) primitive.LocalTransactionState {
	index := indexOf(l.run, message.Body)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.asked[index]++
	if index == decidedByAnother {
		return primitive.CommitMessageState
	}
	return primitive.UnkonwnState
}

func (l *limitCheck) count(index int) int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.asked[index]
}

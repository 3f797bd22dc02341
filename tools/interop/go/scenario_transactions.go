package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

func init() { scenarios["transactions"] = transactions }

const transactionKinds = 4

// transactionCheck commits every first of four, rolls every second back, and lets the broker ask for the others.
type transactionCheck struct {
	run      string
	topic    string
	seen     *tally
	mutex    sync.Mutex
	checked  map[int]int
	problems []string
}

// transactions: commit, rollback, and unknown ones that the broker asks for; nothing is seen before its commit.
func transactions(c *cluster) error {
	count := c.parameter("count", 40)
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	seen := newTally(c.run)
	if _, err := c.collect(c.name("c"), topic, "*", seen); err != nil {
		return err
	}
	check := &transactionCheck{run: c.run, topic: topic, seen: seen, checked: map[int]int{}}
	p, err := rocketmq.NewTransactionProducer(check,
		producer.WithNsResolver(c.resolver()),
		producer.WithGroupName(c.name("p")),
		producer.WithInstanceName(c.name("i")),
		producer.WithSendMsgTimeout(10*time.Second))
	if err != nil {
		return err
	}
	if err := p.Start(); err != nil {
		return err
	}
	c.closers = append(c.closers, p.Shutdown)
	for i := range count {
		result, err := p.SendMessageInTransaction(context.Background(), c.message(topic, "TagA", i, 100))
		if err != nil {
			return err
		}
		if err := stored(result.SendResult, nil); err != nil {
			return err
		}
	}
	unknown := count / transactionKinds * 2
	err = c.await("checks of all unknown ones", func() bool { return check.distinct() == unknown })
	if err != nil {
		return fmt.Errorf("%w, checked %v", err, check.checked)
	}
	if err := c.awaitAll(seen, count/2); err != nil {
		return err
	}
	if err := seen.verify(count, func(index int) bool { return index%2 == 0 }); err != nil {
		return err
	}
	if duplicates := seen.duplicates(); duplicates > 0 {
		return fmt.Errorf("%d duplicates", duplicates)
	}
	return check.verify()
}

func (t *transactionCheck) ExecuteLocalTransaction(message *primitive.Message) primitive.LocalTransactionState {
	index := t.note(message)
	switch index % transactionKinds {
	case 0:
		return primitive.CommitMessageState
	case 1:
		return primitive.RollbackMessageState
	default:
		return primitive.UnkonwnState
	}
}

func (t *transactionCheck) CheckLocalTransaction(message *primitive.MessageExt) primitive.LocalTransactionState {
	index := t.note(&message.Message)
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.checked[index]++
	if index%transactionKinds == 2 {
		return primitive.CommitMessageState
	}
	return primitive.RollbackMessageState
}

// note returns a message's index, and a problem when it was seen before its commit or is not what was sent.
func (t *transactionCheck) note(message *primitive.Message) int {
	index := indexOf(t.run, message.Body)
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if index < 0 || message.Topic != t.topic {
		t.problems = append(t.problems, "foreign or changed: "+message.String())
	}
	if t.seen.count(index) > 0 {
		t.problems = append(t.problems, fmt.Sprintf("%d was seen before its commit", index))
	}
	return index
}

func (t *transactionCheck) distinct() int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return len(t.checked)
}

func (t *transactionCheck) verify() error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if len(t.problems) > 0 {
		return fmt.Errorf("%d problems, the first: %s", len(t.problems), t.problems[0])
	}
	for index := range t.checked {
		if index%transactionKinds < 2 {
			return fmt.Errorf("%d was decided and still checked", index)
		}
	}
	return nil
}

package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

// tally counts what arrived, by index: every body is compared with what was sent.
type tally struct {
	run      string
	mutex    sync.Mutex
	counts   map[int]int
	last     map[int]*primitive.MessageExt
	corrupt  []string
	total    int
	isKeeper bool
}

func newTally(run string) *tally {
	return &tally{run: run, counts: map[int]int{}, last: map[int]*primitive.MessageExt{}, isKeeper: true}
}

func (t *tally) add(message *primitive.MessageExt) int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.total++
	index := indexOf(t.run, message.Body)
	if index < 0 || message.GetKeys() != fmt.Sprintf("k%d", index) {
		t.corrupt = append(t.corrupt, message.String())
		return -1
	}
	t.counts[index]++
	if t.isKeeper {
		t.last[index] = message
	}
	return index
}

// listen is a listener that adds what comes and accepts it.
func (t *tally) listen(_ context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
	for _, message := range messages {
		t.add(message)
	}
	return consumer.ConsumeSuccess, nil
}

func (t *tally) distinct() int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return len(t.counts)
}

func (t *tally) count(index int) int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.counts[index]
}

func (t *tally) duplicates() int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.total - len(t.counts) - len(t.corrupt)
}

func (t *tally) message(index int) *primitive.MessageExt {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.last[index]
}

func (t *tally) verifyIntact() error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if len(t.corrupt) > 0 {
		return fmt.Errorf("%d corrupt or foreign messages, the first: %s", len(t.corrupt), t.corrupt[0])
	}
	return nil
}

// verify checks that exactly those of 0..size-1 whose expectation is true arrived, unchanged.
func (t *tally) verify(size int, isExpected func(index int) bool) error {
	if err := t.verifyIntact(); err != nil {
		return err
	}
	for i := 0; i < size; i++ {
		if isExpected(i) && t.count(i) == 0 {
			return fmt.Errorf("lost message %d; %d of %d arrived", i, t.distinct(), size)
		}
		if !isExpected(i) && t.count(i) > 0 {
			return fmt.Errorf("unexpected message %d", i)
		}
	}
	return nil
}

// verifyExactlyOnce checks that everything arrived, each once.
func (t *tally) verifyExactlyOnce(size int) error {
	if err := t.verify(size, func(int) bool { return true }); err != nil {
		return err
	}
	if duplicates := t.duplicates(); duplicates > 0 {
		return fmt.Errorf("%d duplicates", duplicates)
	}
	return nil
}

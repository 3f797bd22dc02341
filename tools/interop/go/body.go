package main

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
)

const checksumSize = 8

// makeBody makes a body that can be made again from its index: run:index:filler...crc32.
func makeBody(run string, index, size int) []byte {
	head := fmt.Sprintf("%s:%d:", run, index)
	if size < len(head)+checksumSize {
		size = len(head) + checksumSize
	}
	body := make([]byte, size)
	copy(body, head)
	end := size - checksumSize
	for i := len(head); i < end; i++ {
		body[i] = byte('a' + (index*31+i)%26)
	}
	copy(body[end:], fmt.Sprintf("%08x", crc32.ChecksumIEEE(body[:end])))
	return body
}

// indexOf is the index of a body of this run, -1 when a single byte is not as it was made.
func indexOf(run string, body []byte) int {
	parts := strings.SplitN(string(body), ":", 3)
	if len(parts) < 3 || parts[0] != run {
		return -1
	}
	index, err := strconv.Atoi(parts[1])
	if err != nil || !bytes.Equal(body, makeBody(run, index, len(body))) {
		return -1
	}
	return index
}

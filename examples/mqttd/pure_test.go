package main

import (
	"bytes"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/examples/internal/mqtttest"
	"github.com/go-asynchat/asynchat/terminator"
)

// readPackets is framing for whole streams, too simple to be wrong.
func readPackets(stream []byte) (all [][]byte) {
	for rest := stream; ; {
		size := 2
		for size <= len(rest) && rest[size-1] >= 0x80 {
			size++
		}
		if size > len(rest) { // a length that has no end is none
			return append(all, nil)
		}
		n := 0
		for i := size - 1; i > 0; i-- {
			n = n<<7 | int(rest[i]&0x7f)
		}
		if size+n > len(rest) {
			return append(all, rest)
		}
		all, rest = append(all, rest[:size+n]), rest[size+n:]
	}
}

// A packet ends where its length says, of however many bytes that is and however it arrives.
func TestFraming(t *testing.T) {
	chattest.Reference(t, framing, readPackets, chattest.Words("\x00\x01\x02\x30", 6))
	long := mqtttest.Packet(0x30, bytes.Repeat([]byte("x"), 300))
	chattest.TestTerminator(t, framing, long+"\xc0\x00"+long, "\x10\x80\x80\x80\x00\xc0\x00")
}

func TestFramingLimits(t *testing.T) {
	for _, tt := range []struct {
		head string
		want error
	}{
		{"\x30\xfc\xff\x0f", nil}, // 256 KiB with its head
		{"\x30\xfd\xff\x0f", terminator.ErrTooLong},
		{"\x30\xff\xff\x10", terminator.ErrTooLong},
		{"\x30\xff\xff\xff\x7f", terminator.ErrTooLong},
		{"\x30\x80\x80\x80\x80", terminator.ErrSyntax}, // a fifth byte would follow
		{"\x30\xff\xff\xff\xff", terminator.ErrSyntax},
		{"\x30\x80\x80", nil},
	} {
		var m terminator.Matcher
		m.Set(framing)
		m.SetLimit(maxPacket, false)
		for n := range len(tt.head) {
			if m.Next([]byte(tt.head[:n])); m.Err() != nil {
				t.Errorf("%x: %v before it is complete", tt.head[:n], m.Err())
			}
		}
		if m.Next([]byte(tt.head)); !errors.Is(m.Err(), tt.want) {
			t.Errorf("%x: %v, want %v", tt.head, m.Err(), tt.want)
		}
	}
}

// What is sent is what is read, whatever the QoS, and a message is encoded once.
func TestPublishIsReadAsWritten(t *testing.T) {
	for _, payload := range []string{"", "x", strings.Repeat("y", 20_000)} {
		m := &message{topic: "a/b", payload: []byte(payload), qos: 1}
		for i, want := range []string{
			mqtttest.Publish(0, "a/b", payload, 0), mqtttest.Publish(0, "a/b", payload, 1),
			mqtttest.Publish(513, "a/b", payload, 0), mqtttest.Publish(7, "a/b", payload, 9),
		} {
			id := []uint16{0, 0, 513, 7}[i]
			got := m.packet(byte(i/2), id, i == 3, i%2 == 1)
			require.Equal(t, want, string(got))
			read, gotID, err := parsePublish(parsePacket(got))
			require.NoError(t, err)
			require.Equal(t, id, gotID)
			require.Equal(t, payload, string(read.payload))
			require.Equal(t, "a/b", read.topic)
			require.Equal(t, i%2 == 1, read.retain)
		}
	}
}

// Malformed packets are errors, each of them, cut off at any byte.
func TestMalformed(t *testing.T) {
	hello := mqtttest.Hello{ID: "me", WillTopic: "w", WillPayload: "gone", WillFlags: 0x28}.Connect()
	c, err := parseConnect(parsePacket([]byte(hello)))
	require.NoError(t, err)
	require.Equal(t, connect{level: 4, id: "me", will: &message{topic: "w", payload: []byte("gone"),
		qos: 1, retain: true}}, c)
	takeFilters := func(p packet) error { _, _, err := parseFilters(p); return err }
	whole := map[string]func(packet) error{
		hello:                             func(p packet) error { _, err := parseConnect(p); return err },
		mqtttest.Subscribe(1, "a/+/#", 1): takeFilters,
		mqtttest.Unsubscribe(9, "a"):      takeFilters,
		mqtttest.Ack(mqtttest.PubAck, 3):  func(p packet) error { _, err := parseID(p); return err },
	}
	for text, parse := range whole {
		p := parsePacket([]byte(text))
		require.NoError(t, parse(p), "%x", text)
		for n := range p.body {
			if err := parse(packet{p.kind, p.flags, p.body[:n]}); err == nil {
				t.Errorf("the first %d bytes of %x are taken", n, text)
			}
		}
		if p.kind != kindSubscribe {
			require.Error(t, parse(packet{p.kind, p.flags, append(p.body, 0)}), "%x", text)
		}
	}
	for _, bad := range []string{
		mqtttest.Publish(0, "", "x", 0), mqtttest.Publish(0, "a/+", "x", 0),
		mqtttest.Publish(0, "a\x00", "x", 0), mqtttest.Publish(0, "\xff", "x", 0),
		mqtttest.Publish(0, "a", "x", 8), "\x32\x05\x00\x01a\x00\x00", "\x34\x05\x00\x01a\x00\x01",
		"\x30\x01\x00", "\x30\x03\x00\x02a",
	} {
		if _, _, err := parsePublish(parsePacket([]byte(bad))); err == nil {
			t.Errorf("%x is taken", bad)
		}
	}
}

// matches says whether a topic matches a filter, too simple to be wrong.
func matches(filter, topic string) bool {
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	if t[0] != "" && t[0][0] == '$' && (f[0] == "+" || f[0] == "#") {
		return false
	}
	for i, level := range f {
		switch {
		case level == "#":
			return true
		case i == len(t) || level != "+" && level != t[i]:
			return false
		}
	}
	return len(f) == len(t)
}

func filtered(words iter.Seq[string], ok func(string) bool) (all []string) {
	for word := range words {
		if ok(word) {
			all = append(all, word)
		}
	}
	return all
}

// Each filter finds each topic, and each topic each filter, or neither the other; and a tree of
// which everything was taken away is empty.
func TestTopics(t *testing.T) {
	filters := filtered(chattest.Words("a/+#$", 4), isFilter)
	topics := filtered(chattest.Words("ab/$", 4), isTopic)
	var subscribed, retained node
	clients := map[*client]string{}
	for _, filter := range filters {
		c := &client{}
		clients[c] = filter
		subscribed.at(filter).subscribers = map[*client]byte{c: 1}
	}
	for _, topic := range topics {
		retained.at(topic).retained = &message{topic: topic}
		var got, want []string
		subscribed.subscribersOf(topic, func(c *client, _ byte) { got = append(got, clients[c]) })
		for _, filter := range filters {
			if matches(filter, topic) {
				want = append(want, filter)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q matches %q, want %q", topic, got, want)
		}
	}
	for _, filter := range filters {
		var got, want []string
		retained.retainedFor(filter, func(m *message) { got = append(got, m.topic) })
		for _, topic := range topics {
			if matches(filter, topic) {
				want = append(want, topic)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", filter, got, want)
		}
		subscribed.change(filter, func(n *node) { n.subscribers = nil })
	}
	if len(subscribed.children) > 0 {
		t.Errorf("%d nodes are left", len(subscribed.children))
	}
}

func TestIsFilter(t *testing.T) {
	for filter, want := range map[string]bool{"a": true, "/": true, "+": true, "#": true, "a/#": true,
		"+/a/+": true, "": false, "a#": false, "#/a": false, "a/b+": false, "a/#/": false, "++": false,
		strings.Repeat("/", maxLevels-1): true, strings.Repeat("/", maxLevels): false,
		strings.Repeat("x", maxTopic+1): false} {
		if isFilter(filter) != want {
			t.Errorf("%q: %t", filter, !want)
		}
	}
}

package main

import (
	"fmt"
	"strings"
)

// The workloads of this file are examples beside the programs whose protocol they speak.

// keys is how many a store has.
const keys = 1000

// stored is a key and its value.
func stored(i int) (key, value string) {
	return fmt.Sprintf("key:%06d", i), fmt.Sprintf("%032d", i*i)
}

const redisConf = "bind 127.0.0.1\nport {port}\nsave \"\"\nappendonly no\n"

func redisWorkload() *workload {
	array := func(words ...string) string {
		text := fmt.Sprintf("*%d\r\n", len(words))
		for _, word := range words {
			text += fmt.Sprintf("$%d\r\n%s\r\n", len(word), word)
		}
		return text
	}
	w := storeWorkload("redis", "examples/redis beside Redis",
		func(key, value string) (string, string) { return array("SET", key, value), "+OK\r\n" },
		func(key, value string) (string, string) {
			return array("GET", key), fmt.Sprintf("$%d\r\n%s\r\n", len(value), value)
		})
	w.subjects = []subject{
		{name: "Redis", command: "{redis-server} {dir}/config", config: redisConf},
		{name: ours, command: "{redis} -addr {addr}"},
		{name: "redcon", command: "{rivals} -kind redcon -addr {addr}"},
	}
	w.reference = []string{"Redis", "redcon"}
	w.about += " redcon has a goroutine for each connection, and SET and GET only."
	return w
}

func memcachedWorkload() *workload {
	w := storeWorkload("memcached", "examples/memcached beside memcached",
		func(key, value string) (string, string) {
			return fmt.Sprintf("set %s 0 0 %d\r\n%s\r\n", key, len(value), value), "STORED\r\n"
		},
		func(key, value string) (string, string) {
			return "get " + key + "\r\n", fmt.Sprintf("VALUE %s 0 %d\r\n%s\r\nEND\r\n", key,
				len(value), value)
		})
	w.subjects = []subject{
		{name: "memcached", command: "{memcached-real} -u root -l 127.0.0.1 -p {port} -t 1 -c 4096"},
		{name: ours, command: "{memcached} -addr {addr}"},
	}
	w.reference = []string{"memcached", ours}
	return w
}

// storeWorkload sets and gets values.
func storeWorkload(name, title string, set, get func(key, value string) (string, string),
) *workload {
	w := &workload{
		name: name, title: title, unit: "command", needs: []string{cLoad},
		metrics: []string{"rate", "cpu", "p99"}, seconds: .2,
		about: "50 connections set, or get, values of 32 bytes under 1,000 keys. Each has one or 16 " +
			"commands under way, and every byte of the answers is compared. One thread, or one loop.",
		measure: func(b *bench, s subject, c *cell) (values, error) {
			return b.measureTalk(s, c, "closed")
		},
	}
	sets := talked(keys, func(i int) (string, string) { return set(stored(i)) })
	gets := talked(keys, func(i int) (string, string) { return get(stored(i)) })
	gets.before = sets
	for _, depth := range []int{1, 16} {
		w.cells = append(w.cells,
			cell{name: fmt.Sprintf("set x%d", depth), conns: 50, depth: depth, size: 32, talk: sets},
			cell{name: fmt.Sprintf("get x%d", depth), conns: 50, depth: depth, size: 32, talk: gets,
				quick: depth == 16})
	}
	return w
}

const mosquittoConf = "listener {port} 127.0.0.1\nallow_anonymous true\nlog_type none\n"

// mqttWorkload is one client that publishes, and many that have subscribed.
func mqttWorkload() *workload {
	const payload = "0123456789abcdef0123456789abcdef"
	publish := "\x30" + string(rune(2+4+len(payload))) + "\x00\x04room" + payload
	t := &talk{requests: []byte(publish), answers: []byte(publish), units: 1,
		hello: []byte("\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00" + // CONNECT, as nobody, anew
			"\x82\x09\x00\x01\x00\x04room\x00"), // SUBSCRIBE, of QoS 0
		welcome: []byte("\x90\x03\x00\x01\x00")}
	w := &workload{
		name: "mqtt", title: "examples/mqttd beside mosquitto", unit: "receipt",
		needs: []string{cLoad}, reference: []string{"mosquitto", ours},
		metrics: []string{"rate", "cpu", "p99"}, seconds: .3,
		about: "One of 100 clients publishes messages of 32 bytes of QoS 0, to which all have " +
			"subscribed, 1 or 16 at a time, and the next ones when all have received these. A receipt is " +
			"a message that one client has received.",
		subjects: []subject{
			{name: "mosquitto", command: "{mosquitto} -c {dir}/config", config: mosquittoConf},
			{name: ours, command: "{mqttd} -addr {addr}"},
		},
		measure: func(b *bench, s subject, c *cell) (values, error) {
			return b.measureTalk(s, c, "everyone")
		},
	}
	for _, depth := range []int{1, 16} {
		name := strings.TrimSuffix(fmt.Sprintf("%d messages", depth), map[int]string{1: "s"}[depth])
		w.cells = append(w.cells,
			cell{name: name, conns: 100, depth: depth, size: 32, talk: t, quick: depth == 1})
	}
	return w
}

package main

import "github.com/go-asynchat/asynchat/bench/internal/result"

const (
	ours         = result.Ours
	conversation = result.Conversation
	cLoop        = result.CLoop
	goLoop       = result.GoLoop
	netBufio     = result.Net
)

// echoServers is who echoes CRLF lines, each with one event loop if it has any. In commands the
// words in braces are the programs of tools, {addr} and {port} where to listen, {root} the
// repository.
var echoServers = []subject{
	{name: cLoop, command: "{epoll_echo} {port}"},
	{name: goLoop, command: "{serve} -kind raw -addr {addr}"},
	{name: ours, command: "{echo} -addr {addr}"},
	{name: conversation, command: "{serve} -kind conversation -addr {addr}"},
	{name: netBufio, command: "{serve} -kind net -addr {addr}"},
	{name: result.Gnet, command: "{rivals} -kind gnet -addr {addr}"},
	{name: result.Netpoll, command: "{rivals} -kind netpoll -addr {addr}"},
	{name: result.Evio, command: "{rivals} -kind evio -addr {addr}"},
	{name: result.Nbio, command: "{rivals} -kind nbio-echo -addr {addr}"},
	{name: "CPython asynchat", most: 5000,
		command: "{python-asynchat} -W ignore {root}/bench/reference/asynchat_echo.py {port}",
		why: "it accepts one connection per turn, and looks at all others in each " +
			"turn, which takes minutes"},
	{name: "Twisted", command: "{python-twisted} {root}/bench/reference/twisted_echo.py {port}"},
}

// bounds is who ratios are to, the first of them that can be run.
var bounds = []string{cLoop, goLoop}

// all returns the workloads, with these servers beside the others wherever lines are echoed.
func all(with []subject) []*workload {
	echo := append(echoServers[:len(echoServers):len(echoServers)], with...)
	return []*workload{
		echoWorkload(echo), latencyWorkload(echo), waysWorkload(), spinWorkload(),
		threadsWorkload(), loopsWorkload(), handshakesWorkload(), besideWorkload(),
		workWorkload(), workCoresWorkload(),
		acceptWorkload(echo),
		memoryWorkload(echo), tlsWorkload(), tlsMemoryWorkload(), broadcastWorkload(), bulkWorkload(),
		bodiesWorkload(), bodiesTLSWorkload(), mailboxWorkload(),
		filesWorkload(), handlerWorkload(), websocketWorkload(),
		redisWorkload(), memcachedWorkload(), mqttWorkload(), smtpWorkload(),
		framingWorkload(), mailWorkload(), timersWorkload(), postWorkload(),
		scaleWorkload(),
	}
}

func named(subjects []subject, names ...string) (some []subject) {
	for _, s := range subjects {
		for _, name := range names {
			if s.name == name {
				some = append(some, s)
			}
		}
	}
	return some
}

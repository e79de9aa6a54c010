// Command serve has the servers that the bench needs in addition to the examples: rivals that need
// only the standard library, and further servers of asynchat.
//
//	serve -kind net -addr 127.0.0.1:7711
package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
)

// A kind is a server on an address; its function returns only if it fails.
type kind struct {
	about string
	serve func(addr string) error
}

var kinds = map[string]kind{
	"raw":          {"echo, an epoll loop on raw system calls", serveRaw(false)},
	"raw-all":      {"the same, each line to all", serveRaw(true)},
	"net":          {"echo, package net, a goroutine for each connection", serveNet},
	"net-tls":      {"echo over crypto/tls on package net", serveNetTLS},
	"net-http":     {"the files of the current folder, package net/http", serveNetHTTP},
	"conversation": {"echo, chat.Converse", serveConversation},
	"threaded":     {"echo, chat.Threaded", serveThreaded},
	"all":          {"each line to all, chat.Broadcast", serveAll},
	"loop":         {"echo, chat.Messages on a loop with -spin and -lock", serveLoop},
	"tls":          {"echo over TLS, chat.Server", serveTLS},
	"websocket":    {"echo over WebSocket, chat/web/websocket", serveWebSocket},
	"tls-talk":     {"echo over TLS, chat.Converse", serveTLSConversation},

	"lines":    {"echo, chat.Lines", serveLines},
	"messages": {"echo, chat.Messages", serveMessages},
	"handler":  {"echo, a chat.Handler with a buffer", serveHandler},
	"reads":    {"echo, chat.Reads", serveReads},
	"session":  {"echo, chat.Session", serveSession},

	"bodies":              {"put and get, a chat.Handler", serveBodies},
	"bodies-conversation": {"put and get, chat.Converse", serveBodiesConversation},
	"bodies-net":          {"put and get, package net", serveBodiesNet},
	"mail":                {"texts that a dot ends, chat.Messages", serveMail},
	"mail-conversation":   {"the same, chat.Converse", serveMailConversation},
	"mail-net":            {"the same, textproto.DotReader on package net", serveMailNet},
	"room":                {"each line to all, chat.Room", serveRoom},
	"net-room":            {"each line to all but the slow, package net", serveNetRoom},
	"http":                {"one http.Handler, chat/web", serveHTTPHandler},
	"web-files":           {"the same files, http.FileServer on chat/web", serveWebFiles},
	"net-http-handler":    {"the same, package net/http", serveNetHTTPHandler},

	"do":            {"echo, work for each line by chat.Do", serveDo},
	"work":          {"echo, work for each line in the callback, chat.Messages", serveWork},
	"go":            {"echo, work for each line by Channel.Go", serveGo},
	"await":         {"echo, work for each line by Await in chat.Converse", serveAwait},
	"threaded-work": {"echo, work for each line in chat.Threaded", serveThreadedWork},
	"net-work":      {"echo, work for each line, package net", serveNetWork},

	"bulk-lines":        {"count lines, chat.Lines", serveBulkLines},
	"bulk-messages":     {"count lines, chat.Messages", serveBulkMessages},
	"bulk-handler":      {"count lines, a chat.Handler with a buffer", serveBulkHandler},
	"bulk-collector":    {"count lines, a chat.Collector", serveBulkCollector},
	"bulk-reads":        {"count lines, chat.Reads", serveBulkReads},
	"bulk-conversation": {"count lines, ReadElement in chat.Converse", serveBulkConversation},
	"bulk-until":        {"count lines, ReadUntil in chat.Converse", serveBulkUntil},
	"bulk-threaded":     {"count lines, ReadUntil in chat.Threaded", serveBulkThreaded},
	"bulk-net":          {"count lines, a bufio.Scanner on package net", serveBulkNet},
}

func main() {
	addr := flag.String("addr", "127.0.0.1:7711", "where to listen")
	name := flag.String("kind", "net", "one of "+names())
	flag.DurationVar(&spin, "spin", 0, "for -kind loop: core.WithSpin")
	flag.BoolVar(&lock, "lock", false, "for -kind loop: lock its goroutine to a thread")
	flag.IntVar(&loops, "loops", 1, "for -kind tls and tls-talk: event loops")
	flag.IntVar(&rsaBits, "rsa", 0, "for those over TLS: an RSA key of so many bits, instead of P-256")
	flag.BoolVar(&files, "files", false, "for -kind tls: chat.CertificateFiles")
	flag.BoolVar(&secure, "secure", false, "for those that put and get: over TLS")
	procs := flag.Int("procs", 0, "GOMAXPROCS; 0 leaves it as it is")
	file := flag.String("profile", "", "write a CPU profile to this `file`, until SIGINT or SIGTERM")
	flag.Parse()
	runtime.GOMAXPROCS(*procs)
	if *file != "" {
		if err := profile(*file); err != nil {
			fmt.Fprintln(os.Stderr, "serve:", err)
			os.Exit(1)
		}
	}
	k, ok := kinds[*name]
	if !ok {
		fmt.Fprintln(os.Stderr, "serve: -kind is one of", names())
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, "serve:", k.serve(*addr))
	os.Exit(1)
}

// profile writes a CPU profile until a signal ends the program.
func profile(file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stopped
		pprof.StopCPUProfile()
		os.Exit(0)
	}()
	return nil
}

func names() string {
	var all []string
	for name := range kinds {
		all = append(all, name)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// each accepts the connections of addr, and runs what begin returns for each on a goroutine of its
// own.
func each(addr string, begin func(net.Conn) func()) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go begin(conn)()
	}
}

// Package kerneltest checks that a [core.Kernel], and the [core.Poller] that it opens, keep the
// promises in the comments of these interfaces. A new kernel or poller needs one test:
//
//	func TestKernel(t *testing.T) {
//		kerneltest.Test(t, func() core.Kernel { return mykernel.New() }, kerneltest.Options{})
//	}
package kerneltest

import (
	"cmp"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// Options describes what a kernel cannot do.
type Options struct {
	// Virtual is for a kernel that only one goroutine uses, and whose clock moves when a Wait would
	// wait. Checks that need a second goroutine or an endless Wait are left out.
	Virtual bool
	// Vague is for a kernel that does not report exactly how a connection has ended: HangUp and Failed
	// may be missing, and Failed may come without a pending error. Then only the promises that
	// core.Poller makes for every kernel are checked: a dispatcher that wants to read or write gets an
	// event, and the read or write returns the result.
	Vague bool
	// Patience is how long a check waits for an event; 0 means a minute. Only a failing check takes so
	// long.
	Patience time.Duration
	// Networks are the stream networks to check; nil means "tcp" and "unix".
	Networks []string
	// Datagrams are the datagram networks to check; nil means "udp" and "unixgram".
	Datagrams []string
}

// Test runs every check as a subtest, each on a new kernel from open.
func Test(t *testing.T, open func() core.Kernel, opts Options) {
	if opts.Networks == nil {
		opts.Networks = []string{"tcp", "unix"}
	}
	if opts.Datagrams == nil {
		opts.Datagrams = []string{"udp", "unixgram"}
	}
	run := func(t *testing.T, network string, tests []test) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				if tt.concurrent && opts.Virtual {
					t.Skip("needs a second goroutine, or a wait without end")
				}
				e := newEnv(t, open(), network)
				e.vague, e.patience = opts.Vague, cmp.Or(opts.Patience, patience)
				tt.f(e)
			})
		}
	}
	run(t, "tcp", onceTests)
	for _, network := range opts.Networks {
		t.Run(network, func(t *testing.T) { run(t, network, connectionTests) })
	}
	for _, network := range opts.Datagrams {
		t.Run(network, func(t *testing.T) { run(t, network, datagramTests) })
		if network == "udp" {
			run(t, network, udpTests)
		}
	}
}

type test struct {
	name       string
	concurrent bool
	f          func(*env)
}

// onceTests need no connection, or one of TCP.
var onceTests = []test{
	{name: "Clock", f: testClock},
	{name: "Background", f: testBackground},
	{name: "BackgroundIsElsewhere", concurrent: true, f: testBackgroundElsewhere},
	{name: "BackgroundOfMany", concurrent: true, f: testBackgroundOfMany},
	{name: "Resolve", f: testResolve},
	{name: "ResolveNetworks", f: testResolveNetworks},
	{name: "ResolveCancelled", f: testResolveCancelled},
	{name: "Reserve", f: testReserve},
	{name: "Adopt", f: testAdopt},
	{name: "DatagramError", f: testDatagramError},
	{name: "RegularFile", f: testRegularFile},
	{name: "FilesAmongOthers", f: testFilesAmongOthers},
	{name: "FileReuse", f: testFileReuse},
	{name: "Pipe", f: testPipe},
	{name: "PipeWithoutReader", f: testPipeWithoutReader},
	{name: "WaitZero", f: testWaitZero},
	{name: "WaitNeverLess", f: testWaitNeverLess},
	{name: "WaitForEver", concurrent: true, f: testWaitForEver},
	{name: "WakeBefore", f: testWakeBefore},
	{name: "WakeIsNoEvent", f: testWakeIsNoEvent},
	{name: "ManyWakesAreOne", f: testManyWakes},
	{name: "WakeFromElsewhere", concurrent: true, f: testWakeFromElsewhere},
	{name: "WakeDuring", concurrent: true, f: testWakeDuring},
	{name: "TwoPollers", f: testTwoPollers},
	{name: "ListenPicksPorts", f: testListenPicksPorts},
	{name: "Addresses", f: testAddresses},
	{name: "Addresses6", f: testAddresses6},
	{name: "ManyDescriptors", f: testManyDescriptors},
	{name: "DualStack", f: testDualStack},
	{name: "ReusePort", f: testReusePort},
	{name: "ReuseAddrOfStreams", f: testReuseAddrOfStreams},
	{name: "LocalFamily", f: testLocalFamily},
	{name: "LocalPortOnly", f: testLocalPortOnly},
	{name: "LingerZero", f: testLingerZero},
	{name: "NoDelayFromTheStart", f: testNoDelay},
}

// connectionTests are made on every network.
var connectionTests = []test{
	{name: "Readable", f: testReadable},
	{name: "Writable", f: testWritable},
	{name: "Both", f: testBoth},
	{name: "NothingWanted", f: testNothingWanted},
	{name: "Level", f: testLevel},
	{name: "Tokens", f: testTokens},
	{name: "AddOnce", f: testAddOnce},
	{name: "Modify", f: testModify},
	{name: "ModifyPending", f: testModifyPending},
	{name: "Remove", f: testRemove},
	{name: "RemovePending", f: testRemovePending},
	{name: "RemoveOneOfMany", f: testRemoveOneOfMany},
	{name: "MoreThanRoom", f: testMoreThanRoom},
	{name: "BothInLittleRoom", f: testBothInLittleRoom},
	{name: "ReuseOfDescriptor", f: testReuse},
	{name: "PollerClose", f: testPollerClose},
	{name: "Stream", f: testStream},
	{name: "EmptyRead", f: testEmptyRead},
	{name: "EndOfStream", f: testEndOfStream},
	{name: "HalfClose", f: testHalfClose},
	{name: "HangUp", f: testHangUp},
	{name: "HangUpByOurEnd", f: testHangUpByOurEnd},
	{name: "HalfClosedAndFull", f: testHalfClosedAndFull},
	{name: "HalfClosedNothingWanted", f: testHalfClosedNothingWanted},
	{name: "GoneWhileFull", f: testGoneWhileFull},
	{name: "Reset", f: testReset},
	{name: "ResetBehindData", f: testResetBehindData},
	{name: "WriteToClosed", f: testWriteToClosed},
	{name: "FullWrite", f: testFullWrite},
	{name: "Writev", f: testWritev},
	{name: "FullWritev", f: testFullWritev},
	{name: "CloseIsAlone", f: testCloseIsAlone},
	{name: "AcceptOrder", f: testAcceptOrder},
	{name: "AcceptEmpty", f: testAcceptEmpty},
	{name: "ListenerLevel", f: testListenerLevel},
	{name: "ClosedBeforeAccept", f: testClosedBeforeAccept},
	{name: "Connected", f: testConnected},
	{name: "Refused", f: testRefused},
	{name: "AddressInUse", f: testAddressInUse},
	{name: "Backlog", f: testBacklog},
	{name: "CloseRead", f: testCloseRead},
	{name: "LocalAddress", f: testLocalAddress},
	{name: "LocalAddressInUse", f: testLocalAddressInUse},
	{name: "LocalAddressIsNoListener", f: testLocalAddressIsNoListener},
	{name: "Options", f: testOptions},
	{name: "ListenerOptions", f: testListenerOptions},
	{name: "OptionErrors", f: testOptionErrors},
	{name: "ReceiveBuffer", f: testReceiveBuffer},
}

// datagramTests are made on every datagram network.
var datagramTests = []test{
	{name: "DatagramOrder", f: testDatagramOrder},
	{name: "DatagramBatch", f: testDatagramBatch},
	{name: "LargeBatch", f: testLargeBatch},
	{name: "EmptyDatagram", f: testEmptyDatagram},
	{name: "Truncated", f: testTruncated},
	{name: "NoDatagram", f: testNoDatagram},
	{name: "DatagramLevel", f: testDatagramLevel},
	{name: "DatagramPeer", f: testDatagramPeer},
	{name: "NamelessPeer", f: testNamelessPeer},
	{name: "ConnectedDatagrams", f: testConnectedDatagrams},
	{name: "ConnectedHearsItsPeer", f: testConnectedHearsItsPeer},
	{name: "NoDestination", f: testNoDestination},
	{name: "TooLongDatagram", f: testTooLongDatagram},
	{name: "ErrorBehindTheFirst", f: testErrorBehindTheFirst},
	{name: "BadDestination", f: testBadDestination},
	{name: "DatagramRefused", f: testDatagramRefused},
	{name: "ManyDatagrams", f: testManyDatagrams},
	{name: "FullPeerCloses", f: testFullPeerCloses},
	{name: "DatagramAddressInUse", f: testDatagramAddressInUse},
	{name: "DatagramOptions", f: testDatagramOptions},
}

// udpTests are of UDP alone.
var udpTests = []test{
	{name: "DatagramPeer6", f: testDatagramPeer6},
	{name: "MappedPeer", f: testMappedPeer},
	{name: "LocalOfDatagram", f: testLocalOfDatagram},
	{name: "LocalNotAskedFor", f: testLocalNotAskedFor},
	{name: "ReuseAddr", f: testReuseAddr},
	{name: "ReusePortOfDatagrams", f: testReusePortOfDatagrams},
	{name: "ReceiveBufferOfDatagrams", f: testReceiveBufferOfDatagrams},
}

package core_test

import (
	"flag"
	"runtime"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/kerneltest"
)

// A kernel that is not exactly Linux may be so: docs/gvisor.sh.
var vague = flag.Bool("vague", false, "TestPollers: the kernel is vague about ends")

// B8: the mechanisms behave alike.
func TestPollers(t *testing.T) {
	for _, name := range core.Pollers() {
		t.Run(name, func(t *testing.T) {
			kerneltest.Test(t, func() core.Kernel {
				k, err := core.System(name)
				if err != nil {
					t.Fatal(err)
				}
				return k
			}, kerneltest.Options{
				Networks:  networks(),
				Datagrams: datagramNetworks(),
				Vague:     *vague,
				Patience:  min(patience, time.Minute),
			})
		})
	}
}

// networks returns those of the operating system.
func networks() []string {
	if runtime.GOOS == "windows" {
		return []string{"tcp"}
	}
	return nil
}

// datagramNetworks is networks for datagrams.
func datagramNetworks() []string {
	if runtime.GOOS == "windows" {
		return []string{"udp"}
	}
	return []string{"udp", "unixgram"}
}

// needsUnix skips a test of Unix sockets, pipes or files where the kernel has sockets of IP only.
func needsUnix(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("sockets of IP only")
	}
}

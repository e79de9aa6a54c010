package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
)

const (
	insideEnv = "ASYNCHAT_BENCH_BUILT" // where everything was built, for the process that measures
	whyEnv    = "ASYNCHAT_BENCH_WHY"   // it has no namespace of its own
)

// enter runs this program again, in a network namespace if that may be, and as it is if not.
func enter(dir string) error {
	cmd, err := again(dir, "", syscall.CLONE_NEWNET)
	if err != nil {
		cmd, err = again(dir, err.Error(), 0)
	}
	if err != nil {
		return err
	}
	signal.Ignore(os.Interrupt) // it is for the process that measures
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("the measuring process: %w", err) // which has said why
	}
	return nil
}

func again(dir, why string, namespaces uintptr) (*exec.Cmd, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(exe, os.Args[1:]...)
	cmd.Env = append(os.Environ(), insideEnv+"="+dir, whyEnv+"="+why)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces, Pdeathsig: syscall.SIGKILL}
	if uid, gid := os.Getuid(), os.Getgid(); uid != 0 && namespaces != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: gid, Size: 1}}
	}
	return cmd, cmd.Start()
}

// settle makes a new namespace usable: with its loopback interface up, reno, and room for many
// connections. In that of the machine it changes nothing. It returns the congestion control in
// force.
func settle(own bool) (string, error) {
	if own {
		if err := loopbackUp(); err != nil {
			return "", fmt.Errorf("loopback interface: %w", err)
		}
		set := func(name, value string) { os.WriteFile("/proc/sys/net/ipv4/"+name, []byte(value), 0) }
		set("tcp_congestion_control", "reno")
		set("ip_local_port_range", "1024 65535")
	}
	cc, err := os.ReadFile("/proc/sys/net/ipv4/tcp_congestion_control")
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(cc)), nil
}

func loopbackUp() error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	return setUp(fd, "lo")
}

// freeAddr returns an address of the loopback interface on which nobody listens.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

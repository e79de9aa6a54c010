// Package system is the kernel of the operating system: sockets, the clock and the pollers of
// package poll, as [kernel.Kernel] has them. Each file is one of the things that a kernel does.
package system

// Package system is the kernel of the operating system: sockets, the clock and the pollers of
// package poll, as [kernel.Kernel] has them. Each file implements one part of a kernel.
package system

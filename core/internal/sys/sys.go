// Package sys has the system calls of core's kernel and pollers: raw calls where they cannot block,
// with plain errno values as errors, and with the address types of package net.
package sys

// Package sys has the system calls of core as all of its kernel and pollers make them: raw where
// they cannot block, with plain errno values as errors, and with addresses as package net has them.
package sys

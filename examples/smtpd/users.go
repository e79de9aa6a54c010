package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"os"
)

// users are those who may send, by the sums of their names: so a comparison takes the same time for
// every name and password, of whatever length they are.
type users map[[sha256.Size]byte][sha256.Size]byte

// readUsers reads a file with a line NAME:PASSWORD for each of them. Everybody on the machine can
// see what a process was started with, so it is no flag.
func readUsers(file string) (users, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	all := users{}
	for i, line := range bytes.Split(text, []byte("\n")) {
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		name, password, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(name) == 0 || len(password) == 0 {
			return nil, fmt.Errorf("%s:%d: it is NAME:PASSWORD", file, i+1)
		}
		all[sha256.Sum256(name)] = sha256.Sum256(password)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: there is no user in it", file)
	}
	return all, nil
}

func (u users) admit(name, password []byte) bool {
	want, known := u[sha256.Sum256(name)]
	got := sha256.Sum256(password)
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1 && known
}

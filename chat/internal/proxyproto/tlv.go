package proxyproto

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// The types of fields whose value is looked at.
const (
	crcTLV = 0x03 // a checksum of the header
	sslTLV = 0x20 // five bytes, and more fields
)

const sslFixed = 5 // the bytes of an sslTLV before its fields

// Cut returns the first of the fields, each a type, a length and a value, and those after it. ok is
// false if there is no field, or if the first field is malformed.
func Cut(fields string) (kind byte, value, rest string, ok bool) {
	if len(fields) < 3 {
		return 0, "", "", false
	}
	size := int(fields[1])<<8 | int(fields[2])
	if size > len(fields)-3 {
		return 0, "", "", false
	}
	return fields[0], fields[3 : 3+size], fields[3+size:], true
}

// checkTLVs returns an error if what follows the addresses of a header, from p[at] on, is
// malformed, or has a wrong checksum.
func checkTLVs(p []byte, at int) error {
	return eachTLV(p[at:], func(kind byte, value []byte, from int) error {
		switch {
		case kind == crcTLV && (len(value) != 4 ||
			checksum(p, at+from) != binary.BigEndian.Uint32(value)):
			return errors.New("the checksum is wrong")
		case kind == sslTLV && len(value) < sslFixed:
			return fmt.Errorf("a field of TLS with %d bytes, want at least %d", len(value), sslFixed)
		case kind == sslTLV:
			err := eachTLV(value[sslFixed:], func(byte, []byte, int) error { return nil })
			if err != nil {
				return fmt.Errorf("in the field of TLS: %w", err)
			}
		}
		return nil
	})
}

// eachTLV calls f with each field of p, and with where its value begins.
func eachTLV(p []byte, f func(kind byte, value []byte, from int) error) error {
	for at := 0; at < len(p); {
		if len(p)-at < 3 {
			return fmt.Errorf("%d bytes behind the last field", len(p)-at)
		}
		value := at + 3
		size := int(binary.BigEndian.Uint16(p[at+1:]))
		if size > len(p)-value {
			return fmt.Errorf("a field of %d bytes in the last %d", size, len(p)-value)
		}
		if err := f(p[at], p[value:value+size], value); err != nil {
			return err
		}
		at = value + size
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum returns that of a header, with zeros in its own place.
func checksum(p []byte, at int) uint32 {
	sum := crc32.Update(0, castagnoli, p[:at])
	sum = crc32.Update(sum, castagnoli, make([]byte, 4))
	return crc32.Update(sum, castagnoli, p[at+4:])
}

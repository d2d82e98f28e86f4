//go:build !linux

package sockdiag

import "errors"

// UDP returns errors.ErrUnsupported: only Linux has netlink.
func UDP(bool, uint16, func(Socket)) error { return errors.ErrUnsupported }

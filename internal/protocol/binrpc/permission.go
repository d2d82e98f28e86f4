package binrpc

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// explainPermission says who may not open the socket at path, whose it is, and what to change. Users are named by number:
// inside of a container names would mislead.
func explainPermission(path string) string {
	us := fmt.Sprintf("this process has uid %d, gid %d", os.Geteuid(), os.Getegid())
	if groups, err := os.Getgroups(); err == nil && len(groups) > 0 {
		us += fmt.Sprintf(", groups %d", groups)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Sprintf("%s and may not even look into %s: let it enter that directory", us, filepath.Dir(path))
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return us
	}
	return fmt.Sprintf(`%s; the socket belongs to uid %d, gid %d with mode %04o: add this process to that group and set modparam("ctl", "mode", 0660)`,
		us, owner.Uid, owner.Gid, info.Mode().Perm())
}

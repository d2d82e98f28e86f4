// Package browser drives a real Chromium for tests of pages and for pictures of them. It refuses to reach any host but this one, to use
// anybody's profile, and to leave a process or a file behind.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/chromedp/chromedp"
)

// The bounds of what has none by its context. A Chromium starts within a second or two; on a busy machine that has to read it from disk
// first it may take thirty.
const (
	startWithin = time.Minute
	actWithin   = 30 * time.Second
	endWithin   = 10 * time.Second
)

// Options says which Chromium to start.
type Options struct {
	// Path is the program.
	Path string
	// Env is added to the environment, as NAME=VALUE: a Chromium that was unpacked and not installed needs to be told where its libraries
	// and fonts are.
	Env []string
	// Args are added to the command line, such as --lang=de.
	Args []string
}

// Browser is one running Chromium with a profile of its own. It is safe for concurrent use.
type Browser struct {
	root   context.Context //nolint:containedctx // it is chromedp's handle of the process
	cancel context.CancelFunc
	group  int // process group
	dir    string
	said   *tail

	closing sync.Once
	err     error
}

// Start starts a Chromium without a window; Close ends it. Ctx bounds the start only, which takes a minute at most. The sandbox is on,
// except for root, with whom Chromium refuses to start otherwise.
func Start(ctx context.Context, o Options) (*Browser, error) {
	if o.Path == "" {
		return nil, errors.New("browser: no program is named")
	}
	dir, err := os.MkdirTemp("", "browser-")
	if err != nil {
		return nil, fmt.Errorf("browser: profile: %w", err)
	}
	b := &Browser{dir: dir, said: &tail{}}
	ctx, stop := context.WithTimeoutCause(ctx, startWithin, fmt.Errorf("no answer within %v", startWithin))
	defer stop()
	if err := b.start(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("browser %s: %w", o.Path, oneLine(err, b.said)), b.Close()) //nolint:contextcheck // the end has a time of its own: ctx may be over
	}
	return b, nil
}

// start runs the program and opens the connection, or gives up with ctx.
func (b *Browser) start(ctx context.Context, o Options) error {
	var command *exec.Cmd
	options := append(b.flags(o), chromedp.ExecPath(o.Path), chromedp.CombinedOutput(b.said),
		// Its files are below the profile, which goes with it.
		chromedp.Env(append([]string{"HOME=" + b.dir, "XDG_CONFIG_HOME=" + b.dir, "XDG_CACHE_HOME=" + b.dir, "TMPDIR=" + b.dir}, o.Env...)...),
		chromedp.ModifyCmdFunc(func(cmd *exec.Cmd) {
			// A group of its own, to end all of it; and it does not outlive this process, however that dies.
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
			command = cmd
		}))
	base := context.WithoutCancel(ctx) // the browser's life is Close's business
	allocator, cancelAllocator := chromedp.NewExecAllocator(base, options...)
	root, cancelRoot := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}))
	b.root, b.cancel = root, func() { cancelAllocator(); cancelRoot() }
	started := make(chan error, 1)
	go func() { started <- chromedp.Do(root) }()
	var err error
	select {
	case err = <-started:
	case <-ctx.Done():
		cancelAllocator()
		err = errors.Join(context.Cause(ctx), ignore(<-started))
	}
	if command != nil && command.Process != nil {
		b.group = command.Process.Pid
	}
	return err
}

// ignore forgets how the start ended after it was given up: the cause says it all.
func ignore(error) error { return nil }

// flags are chromedp's own and what makes pages look the same everywhere and reach nothing but this host.
func (b *Browser) flags(o Options) []chromedp.ExecAllocatorOption {
	flags := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.UserDataDir(filepath.Join(b.dir, "profile")),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]"),
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("font-render-hinting", "none"),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-crash-reporter", true),
		chromedp.Flag("lang", "en-US"),
		chromedp.Flag("no-sandbox", os.Geteuid() == 0),
	)
	for _, arg := range o.Args {
		name, value, given := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if given {
			flags = append(flags, chromedp.Flag(name, value))
		} else {
			flags = append(flags, chromedp.Flag(name, true))
		}
	}
	return flags
}

// Close ends the browser with all its processes and removes its profile. It returns within ten seconds, with an error if something could
// not be ended or removed. Calling it again does nothing.
func (b *Browser) Close() error {
	b.closing.Do(func() { b.err = b.end() })
	return b.err
}

func (b *Browser) end() error {
	if b.cancel != nil {
		b.cancel() // kills the first process, whose children go with it; nothing in the profile is worth a farewell
	}
	ctx, stop := context.WithTimeout(context.Background(), endWithin)
	defer stop()
	return errors.Join(endGroup(ctx, b.group), remove(ctx, b.dir))
}

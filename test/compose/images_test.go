package compose_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
)

// nobody is the user and the group of every image.
const nobody = 65534

// TestImages builds each target of the Dockerfile by buildah, without a network, and runs it by crun as compose.yaml says: as its user, without
// capabilities, on a root that cannot be written. Its health check has to pass and SIGTERM to end it well. The stage that compiles needs an image
// of Go; what it makes is brought from here. "make images" sets CONTAINERS, the folder in which buildah and crun are.
func TestImages(t *testing.T) {
	tools, programs := os.Getenv("CONTAINERS"), os.Getenv("PROGRAMS")
	switch {
	case tools == "":
		t.Skip("CONTAINERS names no folder with buildah and crun: run make images")
	case os.Geteuid() != 0:
		t.Skip("images have files of two users: making them takes root, or a user namespace of many users")
	}
	w := newWorkshop(t, tools, programs)
	var lines []string
	services := started(t)
	for _, target := range targets(t) {
		t.Run(target, func(t *testing.T) {
			s, ok := services[target]
			if !ok {
				t.Fatal("nobody says how it is run")
			}
			lines = append(lines, w.trial(t, s))
		})
	}
	slices.Sort(lines)
	text := strings.Join(lines, "\n") + "\n"
	t.Logf("\n%s", text)
	if file := os.Getenv("IMAGES"); file != "" && !t.Failed() {
		head := fmt.Sprintf("command: make images\ncommit: %s\nwith: %s; %s\nbase: the stage that compiles is the programs of \"make programs\" and what its shell commands make\n"+
			"Each image was run as compose.yaml says, and platform_exporter, which it has not, as deploy/kubernetes does, but for the limits of memory and processes and its networks.\n\n", os.Getenv("COMMIT"), w.say("buildah"), w.say("crun"))
		if err := os.WriteFile(file, []byte(head+text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// targets are the images that the Dockerfile makes.
func targets(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, found := range regexp.MustCompile(`(?m)^FROM base AS (\w+)$`).FindAllStringSubmatch(read(t, repository, "deploy", "docker", "Dockerfile"), -1) {
		names = append(names, found[1])
	}
	if len(names) < 7 {
		t.Fatalf("only %v: the reading is broken", names)
	}
	return names
}

// started are the services that run the Dockerfile's images, by target. What watches the stores is for a cluster, and in no composition: it is
// started by the arguments of its Deployment, confined as the composition's services are.
func started(t *testing.T) map[string]types.ServiceConfig {
	t.Helper()
	services := map[string]types.ServiceConfig{}
	for _, s := range project(t).Services {
		if s.Build != nil && strings.HasSuffix(s.Build.Dockerfile, "deploy/docker/Dockerfile") {
			services[s.Build.Target] = s
		}
	}
	const target = "platform_exporter"
	manifest := read(t, repository, "deploy", "kubernetes", "base", "platform-exporter.yaml")
	args, kept := regexp.MustCompile(`args: \[(.*)\]`).FindStringSubmatch(manifest), regexp.MustCompile(`name: deploys, mountPath: ([^\s,}]+)`).FindStringSubmatch(manifest)
	if args == nil || kept == nil {
		t.Fatal("the Deployment of platform_exporter has no arguments, or no place for deployments")
	}
	s := services["sip_exporter"]
	config := t.TempDir()
	for name, text := range map[string]string{"targets.yaml": read(t, repository, "deploy", "platform", "targets.yaml"), "deploys-token": "example\n"} {
		if err := os.WriteFile(filepath.Join(config, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	build := *s.Build
	build.Target = target
	s.Name, s.Build, s.Command = "platform-exporter", &build, strings.Split(args[1], ", ")
	s.HealthCheck = &types.HealthCheckConfig{Test: []string{"CMD", "/usr/bin/" + target, "--web.check"}}
	s.Volumes = []types.ServiceVolumeConfig{
		{Type: types.VolumeTypeBind, Source: config, Target: "/etc/voipbin-observability/platform", ReadOnly: true},
		{Type: types.VolumeTypeVolume, Source: "deploys", Target: kept[1]},
	}
	services[target] = s
	return services
}

// TestEveryImageIsStarted: TestImages, which takes root, knows how each image is run.
func TestEveryImageIsStarted(t *testing.T) {
	t.Parallel()
	services := started(t)
	for _, target := range targets(t) {
		if s, ok := services[target]; !ok || len(s.Command) == 0 || s.HealthCheck == nil && target != "obsgen" {
			t.Errorf("%s: nobody says how it is run, or who asks whether it is well", target)
		}
	}
}

// workshop is where images are built and run.
type workshop struct{ tools, dir string }

// newWorkshop makes what the Dockerfile's stage "build" would have made.
func newWorkshop(t *testing.T, tools, programs string) *workshop {
	t.Helper()
	w := &workshop{tools: tools, dir: t.TempDir()}
	made := filepath.Join(w.dir, "made")
	for _, dir := range []string{"made/etc/ssl/certs", "made/src", "empty", "containers"} {
		if err := os.MkdirAll(filepath.Join(w.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(filepath.Join(made, "out"), os.DirFS(programs)); err != nil {
		t.Fatal(err)
	}
	w.write(t, "ld.so.conf", filepath.Join(tools, "usr", "lib", "x86_64-linux-gnu")+"\n"+filepath.Join(tools, "lib", "x86_64-linux-gnu")+"\n")
	if out, err := exec.CommandContext(t.Context(), "/sbin/ldconfig", "-X", "-C", filepath.Join(w.dir, "ld.so.cache"), "-f", filepath.Join(w.dir, "ld.so.conf")).CombinedOutput(); err != nil {
		t.Fatalf("ldconfig: %v: %s", err, out)
	}
	w.write(t, "made/etc/ssl/certs/ca-certificates.crt", read(t, "/etc/ssl/certs/ca-certificates.crt"))
	w.write(t, "made/src/LICENSE", read(t, repository, "LICENSE"))
	w.write(t, "policy.json", `{"default": [{"type": "insecureAcceptAnything"}]}`) // of images made here
	w.write(t, "registries.conf", "unqualified-search-registries = []\n")
	w.write(t, "storage.conf", fmt.Sprintf("[storage]\ndriver = \"vfs\"\nrunroot = %q\ngraphroot = %q\n", filepath.Join(w.dir, "run"), filepath.Join(w.dir, "graph")))
	w.write(t, "hosts", "127.0.0.1 localhost\n::1 localhost\n") // as every engine gives a container one

	run := regexp.MustCompile(`(?m)^RUN (mkdir -p /root-fs/(?:.*\\\n)*.*)$`).FindStringSubmatch(read(t, repository, "deploy", "docker", "Dockerfile"))
	if run == nil {
		t.Fatal("the Dockerfile makes no /root-fs")
	}
	shell := strings.ReplaceAll(strings.ReplaceAll(run[1], "/root-fs", made+"/root-fs"), "\\\n", " ")
	if out, err := exec.CommandContext(t.Context(), "sh", "-ec", shell).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", shell, err, out)
	}
	return w
}

func (w *workshop) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tool is a command of the workshop's tools. They run in a mount namespace without control groups, which not every host lets one have, and in
// which their libraries are found, by what they start without an environment as well; and in a network namespace without any interface.
func (w *workshop) tool(name string, args ...string) *exec.Cmd {
	program := filepath.Join(w.tools, "usr", "bin", name)
	cmd := exec.Command("sh", append([]string{"-ec", `mount -t tmpfs none /sys/fs/cgroup; mount --bind "$0" /etc/ld.so.cache; exec "$@"`, filepath.Join(w.dir, "ld.so.cache"), program}, args...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+w.dir, "CONTAINERS_STORAGE_CONF="+filepath.Join(w.dir, "storage.conf"), "CONTAINERS_REGISTRIES_CONF="+filepath.Join(w.dir, "registries.conf"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	return cmd
}

// buildah does a command of buildah, and returns what it says.
func (w *workshop) buildah(t *testing.T, args ...string) string {
	t.Helper()
	cmd := w.tool("buildah", args...)
	var failed strings.Builder
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("buildah %v: %v: %s", args, err, failed.String())
	}
	return strings.TrimSpace(string(out))
}

// say is a tool's version.
func (w *workshop) say(name string) string {
	out, err := w.tool(name, "--version").Output()
	first, _, _ := strings.Cut(string(out), "\n")
	if err != nil {
		return name + ": " + err.Error()
	}
	return first
}

// image is what an engine reads of an image.
type image struct {
	OCIv1 struct {
		Config struct {
			User            string
			Entrypoint, Cmd []string
			Env             []string
			WorkingDir      string
		} `json:"config"`
	}
}

// crun is a command of crun on this workshop's containers.
func (w *workshop) crun(args ...string) *exec.Cmd {
	return w.tool("crun", append([]string{"--root=" + filepath.Join(w.dir, "containers"), "--cgroup-manager=disabled"}, args...)...)
}

// trial builds a service's image and runs it.
func (w *workshop) trial(t *testing.T, s types.ServiceConfig) string {
	policy, name := "--signature-policy="+filepath.Join(w.dir, "policy.json"), "voipbin/"+s.Build.Target
	w.buildah(t, "build", policy, "--pull=never", "--isolation=chroot", "--build-context=build="+filepath.Join(w.dir, "made"), "--target="+s.Build.Target,
		"--tag="+name, "--file="+filepath.Join(repository, "deploy", "docker", "Dockerfile"), filepath.Join(w.dir, "empty"))
	var i image
	if err := json.Unmarshal([]byte(w.buildah(t, "inspect", "--type=image", name)), &i); err != nil {
		t.Fatal(err)
	}
	if i.OCIv1.Config.User != s.User {
		t.Errorf("the image is of user %q, compose.yaml has %q", i.OCIv1.Config.User, s.User)
	}
	root := w.buildah(t, "mount", w.buildah(t, "from", policy, "--pull=never", name))
	bundle := t.TempDir()
	text, err := json.Marshal(w.runtimeSpec(t, s, i, root))
	if err == nil {
		err = os.WriteFile(filepath.Join(bundle, "config.json"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	size, files := contents(t, root)
	how := w.lives(t, s, bundle)
	return fmt.Sprintf("%-18s %5.1f MB, %d files, user %s; %s", s.Build.Target, float64(size)/1e6, files, s.User, how)
}

// lives runs a container until it ends by itself, or until it is well and then told to end.
func (w *workshop) lives(t *testing.T, s types.ServiceConfig, bundle string) string {
	t.Helper()
	var said strings.Builder
	run := w.crun("run", "--bundle="+bundle, s.Name)
	run.Stdout, run.Stderr = &said, &said
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- run.Wait() }()
	if s.HealthCheck == nil {
		if err := <-ended; err != nil {
			t.Fatalf("%v: %s", err, said.String())
		}
		return fmt.Sprintf("%s ended with 0", strings.Join(s.Command, " "))
	}
	var why []byte
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		var err error
		if why, err = w.crun(append([]string{"exec", s.Name}, s.HealthCheck.Test[1:]...)...).CombinedOutput(); err == nil {
			break
		}
		if time.Now().After(end) {
			_ = run.Process.Kill()
			t.Fatalf("not healthy within a minute: %s\n%v: %s", why, <-ended, said.String())
		}
	}
	w.confined(t, s)
	if out, err := w.crun("kill", s.Name, "TERM").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := <-ended; err != nil {
		t.Errorf("at SIGTERM: %v: %s", err, said.String())
	}
	return fmt.Sprintf("read-only, no capabilities; health check %s passed; SIGTERM ended it with 0", strings.Join(s.HealthCheck.Test[1:], " "))
}

// confined asks the kernel what the container's process may do.
func (w *workshop) confined(t *testing.T, s types.ServiceConfig) {
	t.Helper()
	out, err := w.crun("state", s.Name).Output()
	var state struct{ PID int }
	if err != nil || json.Unmarshal(out, &state) != nil {
		t.Fatalf("%v: %s", err, out)
	}
	status := read(t, fmt.Sprintf("/proc/%d/status", state.PID))
	for _, line := range []string{`Uid:\t65534\t65534\t65534\t65534`, `Gid:\t65534\t65534\t65534\t65534`, `CapEff:\t0{16}`, `CapBnd:\t0{16}`, `NoNewPrivs:\t1`} {
		if !regexp.MustCompile(`(?m)^` + line + `$`).MatchString(status) {
			t.Errorf("not %s: %s", line, status)
		}
	}
	if mounts := read(t, fmt.Sprintf("/proc/%d/mountinfo", state.PID)); !regexp.MustCompile(`(?m)^\d+ \d+ \S+ \S+ / ro[ ,]`).MatchString(mounts) {
		t.Errorf("its root can be written:\n%s", mounts)
	}
}

// runtimeSpec is what compose.yaml says of a service, in the words of the OCI runtime specification.
func (w *workshop) runtimeSpec(t *testing.T, s types.ServiceConfig, i image, root string) map[string]any {
	t.Helper()
	c := i.OCIv1.Config
	command := []string(s.Command)
	if command == nil {
		command = c.Cmd
	}
	cwd := c.WorkingDir
	if cwd == "" {
		cwd = "/"
	}
	mounts := []map[string]any{
		{"destination": "/proc", "type": "proc", "source": "proc"},
		{"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": []string{"nosuid", "mode=755"}},
	}
	bind := func(source, target string, readOnly bool) {
		options := []string{"bind"}
		if readOnly {
			options = append(options, "ro")
		}
		mounts = append(mounts, map[string]any{"destination": target, "type": "bind", "source": source, "options": options})
	}
	for _, entry := range s.Tmpfs {
		target, options, _ := strings.Cut(entry, ":")
		mounts = append(mounts, map[string]any{"destination": target, "type": "tmpfs", "source": "tmpfs", "options": strings.Split(options, ",")})
	}
	bind(filepath.Join(w.dir, "hosts"), "/etc/hosts", true)
	for _, v := range s.Volumes {
		source := v.Source
		if v.Type == types.VolumeTypeVolume { // an engine makes it as the image has the folder
			source = ownDir(t)
		}
		bind(source, v.Target, v.ReadOnly)
	}
	for _, secret := range s.Secrets {
		file := filepath.Join(ownDir(t), secret.Source)
		if err := os.WriteFile(file, []byte("example-of-"+secret.Source+"\n"), 0o444); err != nil {
			t.Fatal(err)
		}
		bind(file, "/run/secrets/"+secret.Source, true)
	}
	return map[string]any{
		"ociVersion": "1.0.0",
		"process": map[string]any{
			"user": map[string]any{"uid": nobody, "gid": nobody}, "args": append(slices.Clone(c.Entrypoint), command...), "env": c.Env, "cwd": cwd,
			"noNewPrivileges": slices.Contains(s.SecurityOpt, "no-new-privileges:true"), "capabilities": map[string]any{},
		},
		"root": map[string]any{"path": root, "readonly": s.ReadOnly}, "mounts": mounts,
		"linux": map[string]any{"namespaces": []map[string]any{{"type": "pid"}, {"type": "mount"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}}},
	}
}

// ownDir is a folder of the images' user.
func ownDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	return dir
}

// contents counts what is in an image.
func contents(t *testing.T, root string) (size int64, files int) {
	t.Helper()
	err := filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size, files = size+info.Size(), files+1
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return size, files
}

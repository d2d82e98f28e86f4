package platform

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// telling is what an example for a CI runs to deploy and to tell of it.
func telling(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	script := regexp.MustCompile(`(?m)^ +if \./deploy\.sh; (?s:.*?)\[ "\$result" = success \]$`).FindString(string(text))
	if script == "" {
		t.Fatalf("%s deploys nothing, or tells nobody of it", file)
	}
	return script
}

// TestPipelinesTell: each example for a CI tells the receiver of a deployment that went well and of one that failed, ends as the deployment did,
// and goes on when nobody can be told.
func TestPipelinesTell(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	files, err := filepath.Glob("../../../deploy/ci/*/*.yml")
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) { pipelineTells(t, telling(t, file)) })
	}
}

func pipelineTells(t *testing.T, script string) {
	t.Parallel()
	target, r := receiving(t, filepath.Join(t.TempDir(), "deploys.json"))
	routes := http.NewServeMux()
	routes.Handle("POST /deploys", r)
	server := httptest.NewServer(routes)
	defer server.Close()
	deploy := func(ends, url, token string) (failed bool, said string) {
		t.Helper()
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "deploy.sh"), []byte("#!/bin/sh\nexit "+ends+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), "bash", "-eo", "pipefail", "-c", script)
		command.Dir = folder
		command.Env = []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "DEPLOYS_URL=" + url, "DEPLOYS_TOKEN=" + token,
			"GITHUB_REPOSITORY=voip/call-manager", "GITHUB_SHA=2bf22fa4", "CI_PROJECT_NAME=call-manager", "CI_COMMIT_SHA=2bf22fa4",
			"CIRCLE_PROJECT_REPONAME=call-manager", "CIRCLE_SHA1=2bf22fa4",
		}
		out, err := command.CombinedOutput()
		return err != nil, string(out)
	}
	url := server.URL + "/deploys?target=ci"
	for _, c := range []struct {
		ends, url, token string
		failed           bool
		said             string
	}{
		{"0", url, "hush-hush", false, ""},
		{"7", url, "hush-hush", true, ""},
		{"0", url, "wrong", false, "nobody was told of the deployment"},
		{"7", url, "wrong", true, "nobody was told of the deployment"},
		{"0", "", "", false, ""},
	} {
		failed, said := deploy(c.ends, c.url, c.token)
		if failed != c.failed || !strings.Contains(said, c.said) || c.said == "" && said != "" {
			t.Errorf("%+v: failed %v, said %q", c, failed, said)
		}
	}
	holds(t, suite().Scrape(t, target), `platform_deploys_total{result="success",service="call-manager"} 1`,
		`platform_deploys_total{result="failure",service="call-manager"} 1`, `platform_deploy_timestamp_seconds{service="call-manager",version="2bf22fa4"} 1.577934245e+09`)
}

// Package ci holds the examples of deploy/ci to what each CI says a configuration is: GitHub's by actionlint, GitLab's by its own schema in
// gitlab-ci-local, CircleCI's by its makers' SDK. It talks to none of them. What the examples run is held to the programs by test/docs.
package ci

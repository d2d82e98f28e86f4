package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/voipbin/observability/internal/rto"
)

// The life of a login.
const (
	sessionCookie = "tracker_session"
	sessionTime   = 12 * time.Hour
	maxSessions   = 1000
	authorKey     = "author"
)

// sessions are logins of browsers. They live in memory: a restart logs everybody out.
type sessions struct {
	now  func() rto.Instant
	mu   sync.Mutex
	byID map[string]session
}

type session struct {
	operator Operator
	until    rto.Instant
}

func newSessions(now func() rto.Instant) *sessions {
	return &sessions{now: now, byID: map[string]session{}}
}

// add begins a session and returns its id. When there are too many, those that are over go first, and then all.
func (s *sessions) add(o Operator) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byID) >= maxSessions {
		for id, have := range s.byID {
			if have.until < s.now() {
				delete(s.byID, id)
			}
		}
		if len(s.byID) >= maxSessions {
			clear(s.byID)
		}
	}
	id := rand.Text()
	s.byID[id] = session{o, s.now().Add(sessionTime)}
	return id
}

func (s *sessions) find(id string) (Operator, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	have, ok := s.byID[id]
	if !ok || have.until < s.now() {
		return Operator{}, false
	}
	return have.operator, true
}

func (s *sessions) remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, id)
}

// byToken finds the operator of a token. Sums are compared, so that the time tells nothing of the length or the beginning of a token.
func (s *site) byToken(token string) (Operator, bool) {
	given := sha256.Sum256([]byte(token))
	var found Operator
	ok := false
	for _, o := range s.o.Operators {
		want := sha256.Sum256([]byte(o.Token))
		if subtle.ConstantTimeCompare(given[:], want[:]) == 1 {
			found, ok = o, true
		}
	}
	return found, ok
}

// who is the operator of a request, by its bearer token or its session.
func (s *site) who(c *gin.Context) (Operator, bool) {
	if token, ok := strings.CutPrefix(c.GetHeader("Authorization"), "Bearer "); ok {
		return s.byToken(token)
	}
	id, err := c.Cookie(sessionCookie)
	if err != nil {
		return Operator{}, false
	}
	return s.sessions.find(id)
}

// mayChange lets operators through who may change something, and remembers who it is.
func (s *site) mayChange(c *gin.Context) {
	o, ok := s.who(c)
	switch {
	case !ok && fromBrowser(c):
		c.Redirect(http.StatusSeeOther, "/login?back="+url.QueryEscape(formOf(c.FullPath(), c.Param("id"))))
		c.Abort()
	case !ok:
		c.Header("WWW-Authenticate", `Bearer realm="tracker"`)
		fail(c, http.StatusUnauthorized, "this changes something and takes an operator's token", "send it as: Authorization: Bearer TOKEN")
	case o.ReadOnly:
		fail(c, http.StatusForbidden, o.Name+" may read and change nothing", "ask an operator")
	default:
		c.Set(authorKey, o.Name)
		c.Next()
	}
}

// fromBrowser tells whether a form was sent by a page: whose session has ended is led back, which an answer in JSON does not do.
func fromBrowser(c *gin.Context) bool {
	return !strings.HasPrefix(c.FullPath(), apiPath) && c.GetHeader("Authorization") == "" && strings.Contains(c.GetHeader("Accept"), "text/html")
}

// formOf is the page that has the form of a route.
func formOf(route, id string) string {
	switch {
	case strings.HasPrefix(route, "/maintenance"):
		return "/maintenance"
	case strings.HasPrefix(route, "/drills/"):
		return "/drills/" + url.PathEscape(id)
	}
	return "/"
}

// ownPath is a path of this tracker, "/" where somebody would have a reader led elsewhere.
func ownPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || u.RawQuery != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path, `\`) {
		return "/"
	}
	return path
}

// loginPage says that a login is over, and leads back after the next.
func (s *site) loginPage(c *gin.Context) {
	if _, ok := s.who(c); ok {
		c.Redirect(http.StatusSeeOther, ownPath(c.Query("back")))
		return
	}
	s.overviewOf(c, http.StatusOK, "You are not logged in, or no longer: nothing was changed. After a login you are led back.", ownPath(c.Query("back")))
}

func author(c *gin.Context) string { return c.GetString(authorKey) }

// login begins a session for who knows a token.
func (s *site) login(c *gin.Context) {
	o, ok := s.byToken(c.PostForm("token"))
	if !ok {
		s.overviewOf(c, http.StatusUnauthorized, "That token is nobody's.", ownPath(c.PostForm("back")))
		return
	}
	secure := c.Request.TLS != nil
	http.SetCookie(c.Writer, &http.Cookie{
		Name: sessionCookie, Value: s.sessions.add(o), Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteStrictMode, MaxAge: int(sessionTime.Seconds()),
	})
	s.o.Logger.Info("an operator logged in", "operator", o.Name)
	c.Redirect(http.StatusSeeOther, ownPath(c.PostForm("back")))
}

func (s *site) logout(c *gin.Context) {
	if id, err := c.Cookie(sessionCookie); err == nil {
		s.sessions.remove(id)
	}
	http.SetCookie(c.Writer, &http.Cookie{Name: sessionCookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: -1})
	c.Redirect(http.StatusSeeOther, "/")
}

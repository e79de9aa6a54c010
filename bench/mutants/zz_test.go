package main
import ("testing";"os";"os/exec";"fmt";"strings";"time")
var runs = map[string]string{
"a failed write does not wait for work":"Broken|FailedWrite|Life",
"CloseWhenDone does not wait for work behind CloseWrite":"BehindCloseWrite|Life",
"work begins behind the end":"Work|Ends|Life|Go",
"half a delimiter keeps what is broken":"HalfADel",
"a reset closes although work waits":"Reset|WaitingWork",
"a read that fails drops work that waits":"WaitingWork",
"a count of elements does not end":"PauseAfter|Reads",
"who posts without end holds up all":"Endless|Post|PutOff",
"what is unread comes behind what was":"Unread|Dialogues",
"what waits for a handshake is offered":"TLS|Secure|Handshake|NoSpin|Want",
"what is encrypted is not queued":"TLS|Secure|Queued|Stats|KeyUpdate",
"each element is a whole request":"ExpectMore|Timeouts|LastPart",
"an element that was replaced is one":"Replaced",
"time is saved up":"Timing|MinRate|Clock|Prepaid",
"a clock that stands still rings":"Timing|Pauses|Clock",
"a break leaves the rest of the idle time":"WholeIdle",
"a clock is believed at once":"Heard|HoldUp|Clock",
"a handshake forgets that it waits for a rate":"HandshakeWaits",
"silence goes on while we do not read":"Silence",
"useless records cost nothing":"Useless",
"what crypto/tls answers has no bound":"KeyUpdate",
"a ClientHello may have any size":"ClientHello",
"a record that has begun is nothing":"Record|TLS|Held",
"an end does not wait for posts":"PutOff|Post|Behind",
"the timers of a channel outlive it":"Timer",
"a post that has run still counts":"Post|PutOff",
"a member that moves in a room is not found":"Room",
"a channel that is closed stays in its rooms":"Room",
}
func TestQuick(t *testing.T){
 root,_:=moduleRoot()
 for _,m:=range own { re,ok:=runs[m.name]; if !ok {continue}
  if only:=os.Getenv("ONLY"); only!="" && !strings.Contains(m.name,only) {continue}
  if os.Getenv("RE")!="" { re=os.Getenv("RE") }
  dir,_:=os.MkdirTemp("","m"); ov,err:=m.plant(root,dir); if err!=nil {fmt.Println("ERR",err);continue}
  began:=time.Now()
  cmd:=exec.Command("go","test","-overlay",ov,"-failfast","-timeout","90s","-run",re,"./chat"); cmd.Dir=root
  out,err:=cmd.CombinedOutput()
  f:=failed.FindString(string(out)); if err!=nil && f=="" { f=string(out[max(0,len(out)-300):]) }
  fmt.Printf("%-55s killed=%v %s %v\n",m.name,err!=nil,f,time.Since(began).Round(time.Second))
  os.RemoveAll(dir)
 }
}

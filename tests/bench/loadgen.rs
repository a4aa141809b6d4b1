// loadgen: single-file, std-only WebSocket load generator for Yjs servers.
// Build: rustc --edition 2021 -C opt-level=3 -o loadgen loadgen.rs      (no crates needed; Linux only)
//
// `--pids` are the server's processes, `--also` those that work for it beside (a database): counted, and shown apart.
// `--docs FILE` names the documents, one a room; `--tokens FILE` holds one token a connection.
//
// One thread, epoll, open loop. Every update is a real Yjs v1 update (one ContentString
// struct, origin = the typist's previous character) and is identified by (clientID, clock),
// so a delivery is recognised whether the server forwards the frame, re-encodes it or
// merges several updates into one frame. Latency = receive time - SCHEDULED send time
// (so a late generator or back-pressure counts against the result: no coordinated omission).
use std::collections::BinaryHeap;
use std::cmp::Reverse;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::time::Instant;

#[repr(C, packed)]
#[derive(Clone, Copy)]
struct EpEv { events: u32, data: u64 }
#[repr(C)]
struct TimeSpec { sec: i64, nsec: i64 }
extern "C" {
    fn epoll_create1(f: i32) -> i32;
    fn epoll_ctl(ep: i32, op: i32, fd: i32, ev: *mut EpEv) -> i32;
    fn epoll_pwait2(ep: i32, evs: *mut EpEv, max: i32, ts: *const TimeSpec, sig: *const u8) -> i32;
}
const IN: u32 = 1; const OUT: u32 = 4;

// ---------------------------------------------------------------- varints / encoding
fn wv(b: &mut Vec<u8>, mut n: u64) { while n > 127 { b.push((n as u8 & 127) | 128); n >>= 7; } b.push(n as u8); }
fn wstr(b: &mut Vec<u8>, s: &[u8]) { wv(b, s.len() as u64); b.extend_from_slice(s); }
struct Rd<'a> { b: &'a [u8], p: usize }
impl<'a> Rd<'a> {
    fn v(&mut self) -> Option<u64> {
        let (mut n, mut s) = (0u64, 0);
        loop { let x = *self.b.get(self.p)?; self.p += 1; n |= ((x & 127) as u64) << s; if x < 128 { return Some(n) } s += 7; if s > 63 { return None } }
    }
    fn bytes(&mut self) -> Option<&'a [u8]> { let n = self.v()? as usize; let r = self.b.get(self.p..self.p + n)?; self.p += n; Some(r) }
    fn u8(&mut self) -> Option<u8> { let x = *self.b.get(self.p)?; self.p += 1; Some(x) }
}
const CID: u64 = 0x4000_0000;
/// Clocks that a typist's paragraph takes before its first character: the element and its text node.
const HEAD: u64 = 2;
/// What y-prosemirror writes: the first keystroke makes <paragraph> with a text node under the root
/// fragment "prosemirror", every later one is a character right of the last.
fn enc_update(b: &mut Vec<u8>, client: u64, seq: u64) {
    b.push(1);
    if seq == 0 {
        b.push(3); wv(b, client); b.push(0);
        b.push(7); b.push(1); wstr(b, b"prosemirror"); b.push(3); wstr(b, b"paragraph");
        b.push(7); b.push(0); wv(b, client); b.push(0); b.push(6);
        b.push(4); b.push(0); wv(b, client); b.push(1);
    } else {
        b.push(1); wv(b, client); wv(b, seq + HEAD);
        b.push(0x84); wv(b, client); wv(b, seq + HEAD - 1);
    }
    b.push(1); b.push(if seq % 6 == 5 { b' ' } else { b'a' + (seq % 26) as u8 });
    b.push(0);
}
fn enc_awareness(b: &mut Vec<u8>, client: u64, clock: u64, seq: u64) {
    let j = format!("{{\"user\":{{\"name\":\"Participant {}\",\"color\":\"#30bced\",\"colorLight\":\"#30bced33\"}},\"cursor\":{{\"anchor\":{{\"type\":null,\"tname\":\"prosemirror\",\"item\":{{\"client\":{},\"clock\":{}}},\"assoc\":0}},\"head\":{{\"type\":null,\"tname\":\"prosemirror\",\"item\":{{\"client\":{},\"clock\":{}}},\"assoc\":0}}}}}}", client % 1000, client, seq, client, seq);
    b.push(1); wv(b, client); wv(b, clock); wstr(b, j.as_bytes());
}
/// calls f(client, clock, len) for each struct of a Yjs v1 update (text only)
fn parse_update<F: FnMut(u64, u64, u64)>(u: &[u8], mut f: F) -> Option<()> {
    let mut r = Rd { b: u, p: 0 };
    let nc = r.v()?;
    for _ in 0..nc {
        let ns = r.v()?; let client = r.v()?; let mut clock = r.v()?;
        for _ in 0..ns {
            let info = r.u8()?;
            let len = match info & 31 {
                0 => { let l = r.v()?; f(client, clock, l); l }
                10 => r.v()?,
                k => {
                    if info & 0x80 != 0 { r.v()?; r.v()?; }
                    if info & 0x40 != 0 { r.v()?; r.v()?; }
                    if info & 0xC0 == 0 {
                        if r.v()? == 1 { r.bytes()?; } else { r.v()?; r.v()?; }
                        if info & 0x20 != 0 { r.bytes()?; }
                    }
                    if k == 7 { // a type: its reference, and an element's name
                        if r.v()? == 3 { r.bytes()?; }
                        clock += 1; continue;
                    }
                    let l = match k { 4 => { let s = r.bytes()?; if s.is_ascii() { s.len() as u64 } else { std::str::from_utf8(s).ok()?.encode_utf16().count() as u64 } }, 1 => r.v()?, _ => return None };
                    f(client, clock.saturating_sub(HEAD), l); l
                }
            };
            clock += len;
        }
    }
    Some(())
}

// ---------------------------------------------------------------- histogram (µs, <0.8% error)
#[derive(Clone)]
struct Hist { c: Vec<u64>, n: u64, max: u64 }
impl Hist {
    fn new() -> Self { Hist { c: vec![0; 64 * 128], n: 0, max: 0 } }
    fn idx(v: u64) -> usize { if v < 128 { v as usize } else { let m = 63 - v.leading_zeros() as usize; (m - 6) * 128 + ((v >> (m - 7)) as usize & 127) } }
    fn val(i: usize) -> u64 { if i < 128 { i as u64 } else { let m = i / 128 + 6; ((128 + (i % 128)) as u64) << (m - 7) } }
    fn add(&mut self, v: u64) { self.c[Self::idx(v)] += 1; self.n += 1; if v > self.max { self.max = v } }
    fn q(&self, q: f64) -> f64 { if self.n == 0 { return -1.0 } let t = ((self.n as f64) * q).ceil().max(1.0) as u64; let mut a = 0; for (i, c) in self.c.iter().enumerate() { a += c; if a >= t { return Self::val(i) as f64 / 1000.0 } } self.max as f64 / 1000.0 }
    fn json(&self) -> String { format!("{{\"n\":{},\"p50\":{:.3},\"p90\":{:.3},\"p99\":{:.3},\"p999\":{:.3},\"max\":{:.3}}}", self.n, self.q(0.5), self.q(0.9), self.q(0.99), self.q(0.999), self.max as f64 / 1000.0) }
}

// ---------------------------------------------------------------- server CPU / RSS (whole tree)
fn tree(pids: &[i32]) -> Vec<i32> {
    let mut par: Vec<(i32, i32)> = vec![];
    if let Ok(d) = fs::read_dir("/proc") { for e in d.flatten() { if let Ok(p) = e.file_name().to_string_lossy().parse::<i32>() {
        if let Ok(s) = fs::read_to_string(format!("/proc/{}/stat", p)) { if let Some(i) = s.rfind(')') { let f: Vec<&str> = s[i + 2..].split(' ').collect(); par.push((p, f[1].parse().unwrap_or(0))); } } } } }
    let mut out = pids.to_vec(); let mut i = 0;
    while i < out.len() { let q = out[i]; for &(p, pp) in &par { if pp == q && !out.contains(&p) { out.push(p) } } i += 1 }
    out
}
#[derive(Clone, Copy, Default)]
struct Cpu { ticks: f64, sched: f64, rss_kb: u64 }
fn cpu(pids: &[i32]) -> Cpu {
    let mut c = Cpu::default();
    for p in tree(pids) {
        if let Ok(s) = fs::read_to_string(format!("/proc/{}/stat", p)) { if let Some(i) = s.rfind(')') { let f: Vec<&str> = s[i + 2..].split(' ').collect(); c.ticks += (f[11].parse::<f64>().unwrap_or(0.) + f[12].parse::<f64>().unwrap_or(0.)) / 100.0; } }
        if let Ok(d) = fs::read_dir(format!("/proc/{}/task", p)) { for e in d.flatten() { if let Ok(s) = fs::read_to_string(e.path().join("schedstat")) { c.sched += s.split(' ').next().unwrap_or("0").parse::<f64>().unwrap_or(0.) / 1e9 } } }
        if let Ok(s) = fs::read_to_string(format!("/proc/{}/status", p)) { for l in s.lines() { if l.starts_with("VmRSS:") { c.rss_kb += l.split_whitespace().nth(1).unwrap_or("0").parse::<u64>().unwrap_or(0) } } }
    }
    c
}

// ---------------------------------------------------------------- connections
#[derive(Clone, Copy, PartialEq)]
enum Proto { Yws, Hocus, Raw }
#[derive(Clone, Copy, PartialEq)]
enum St { Handshake, Sync, Ready, Dead }
struct Conn {
    s: TcpStream, st: St, room: usize, idx: usize, inb: Vec<u8>, frag: Vec<u8>, outb: Vec<u8>, want_out: bool,
    next: Vec<u32>,      // per sender of the room: next clock expected
    aw_clock: u64, acks: u32, echo: u32, synced_at: Option<Instant>, step2_len: usize,
}
struct Sender { client: u64, conn: usize, sched: Vec<u64>, cnt: Vec<u16>, out: u32, aw_sched: Vec<u64> }
struct Room { senders: Vec<Sender>, conns: Vec<usize> }

struct Cfg { proto: Proto, addr: SocketAddr, prefix: String, run: String, clients: usize, typers: usize, verify: bool, docs: Vec<String>, tokens: Vec<String>, path: String }
struct Gen {
    cfg: Cfg, ep: i32, conns: Vec<Conn>, rooms: Vec<Room>, t0: Instant, scratch: Vec<u8>, rng: u64,
    lat: Hist, awlat: Hist, acklat: Hist, late: Hist, frames: u64, bytes: u64, delivered: u64, echoes: u64, aw: u64, gaps: u64, dups: u64, dead: u64,
    win: (u64, u64), delivered_win: u64, window: u32, sent: u64, ready: usize, cover: std::collections::HashMap<u64, Vec<(u64, u64)>>, unparsed: u64, sends: Vec<(usize, usize)>, spin: bool, last_rx: u64, last_tx: u64,
}
impl Gen {
    fn now(&self) -> u64 { self.t0.elapsed().as_nanos() as u64 }
    fn rnd(&mut self) -> u64 { self.rng ^= self.rng << 13; self.rng ^= self.rng >> 7; self.rng ^= self.rng << 17; self.rng }
    fn room_name(&self, r: usize) -> String { self.cfg.docs.get(r).cloned().unwrap_or_else(|| format!("{}-{}", self.cfg.run, r)) }
    fn open(&mut self, room: usize, idx: usize) -> usize {
        let s = TcpStream::connect(self.cfg.addr).expect("connect");
        s.set_nodelay(true).unwrap();
        let path = match self.cfg.proto { Proto::Hocus => self.cfg.path.replace("{plan}", self.room_name(room).split('/').next().unwrap()), _ => format!("{}{}", self.cfg.prefix, self.room_name(room)) };
        let mut s2 = s;
        s2.write_all(format!("GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", path, self.cfg.addr).as_bytes()).unwrap();
        s2.set_nonblocking(true).unwrap();
        let id = self.conns.len();
        let mut ev = EpEv { events: IN, data: id as u64 };
        unsafe { assert!(epoll_ctl(self.ep, 1, s2.as_raw_fd(), &mut ev) == 0) };
        self.conns.push(Conn { s: s2, st: St::Handshake, room, idx, inb: vec![], frag: vec![], outb: vec![], want_out: false, next: vec![0; self.cfg.typers], aw_clock: 0, acks: 0, echo: 0, synced_at: None, step2_len: 0 });
        id
    }
    fn add_room(&mut self) {
        let r = self.rooms.len();
        self.rooms.push(Room { senders: vec![], conns: vec![] });
        for i in 0..self.cfg.clients {
            let c = self.open(r, i);
            self.rooms[r].conns.push(c);
            if i < self.cfg.typers { self.rooms[r].senders.push(Sender { client: CID + c as u64, conn: c, sched: vec![], cnt: vec![], out: 0, aw_sched: vec![] }); }
            // the first member creates the room; let it finish (pycrdt-websocket leaves a member unsynced otherwise)
            if i == 0 { let t = Instant::now(); while self.conns[c].st != St::Ready && self.conns[c].st != St::Dead && t.elapsed().as_secs() < 5 { self.poll(1_000_000) } }
            // pace: at most 32 handshakes in flight
            let mut guard = 0; while self.conns.len() - self.ready - (self.dead as usize) > 32 && guard < 20000 { self.poll(1_000_000); guard += 1 }
        }
    }
    fn wait_ready(&mut self, secs: f64) -> bool { let t = Instant::now(); while self.ready + (self.dead as usize) < self.conns.len() { self.poll(5_000_000); if t.elapsed().as_secs_f64() > secs { return false } } self.dead == 0 }
    fn frame(&mut self, out: &mut Vec<u8>, payload: &[u8], op: u8) {
        out.push(0x80 | op); let n = payload.len();
        if n < 126 { out.push(0x80 | n as u8) } else if n < 65536 { out.push(0x80 | 126); out.extend_from_slice(&(n as u16).to_be_bytes()) } else { out.push(0x80 | 127); out.extend_from_slice(&(n as u64).to_be_bytes()) }
        let k = (self.rnd() as u32).to_be_bytes(); out.extend_from_slice(&k);
        let st = out.len(); out.extend_from_slice(payload);
        for (i, x) in out[st..].iter_mut().enumerate() { *x ^= k[i & 3] }
    }
    fn msg(&self, room: usize) -> Vec<u8> { let mut b = Vec::with_capacity(400); if self.cfg.proto == Proto::Hocus { wstr(&mut b, self.room_name(room).as_bytes()); } b }
    fn write(&mut self, c: usize, data: &[u8]) {
        let k = &mut self.conns[c]; if k.st == St::Dead { return }
        let mut off = 0;
        if k.outb.is_empty() {
            while off < data.len() { match k.s.write(&data[off..]) { Ok(n) => off += n, Err(e) if e.kind() == ErrorKind::WouldBlock => break, Err(e) if e.kind() == ErrorKind::Interrupted => {}, Err(_) => { self.kill(c); return } } }
        }
        if off < data.len() {
            k.outb.extend_from_slice(&data[off..]);
            if !k.want_out { k.want_out = true; let mut ev = EpEv { events: IN | OUT, data: c as u64 }; unsafe { epoll_ctl(self.ep, 3, k.s.as_raw_fd(), &mut ev) }; }
        }
    }
    fn kill(&mut self, c: usize) { let k = &mut self.conns[c]; if k.st != St::Dead { if k.st != St::Ready { } else { self.ready -= 1 } k.st = St::Dead; self.dead += 1; let mut ev = EpEv { events: 0, data: 0 }; unsafe { epoll_ctl(self.ep, 2, k.s.as_raw_fd(), &mut ev) }; let _ = k.s.shutdown(std::net::Shutdown::Both); } }
    fn poll(&mut self, timeout_ns: u64) {
        let mut evs = [EpEv { events: 0, data: 0 }; 256];
        // adaptive spin: while deliveries are outstanding stay awake, otherwise every send by the server
        // pays for waking an idle vCPU (30+ µs in a VM), which no server behind a real network card does
        let timeout_ns = if self.spin && timeout_ns > 0 { let now = self.now(); let quiet = now.saturating_sub(self.last_rx.max(self.last_tx)); if quiet < 100_000 || (self.delivered < self.sent * (self.cfg.clients as u64 - 1) && quiet < 3_000_000) { 0 } else { timeout_ns } } else { timeout_ns };
        let ts = TimeSpec { sec: (timeout_ns / 1_000_000_000) as i64, nsec: (timeout_ns % 1_000_000_000) as i64 };
        let n = unsafe { epoll_pwait2(self.ep, evs.as_mut_ptr(), 256, &ts, std::ptr::null()) };
        for i in 0..n.max(0) as usize { let ev = evs[i]; let c = ev.data as usize; if ev.events & OUT != 0 { self.flush(c) } if ev.events & !OUT != 0 { self.on_read(c) } }
    }
    fn flush(&mut self, c: usize) {
        let k = &mut self.conns[c]; if k.st == St::Dead { return }
        let mut off = 0;
        while off < k.outb.len() { match k.s.write(&k.outb[off..]) { Ok(n) => off += n, Err(e) if e.kind() == ErrorKind::WouldBlock => break, Err(_) => { self.kill(c); return } } }
        k.outb.drain(..off);
        if k.outb.is_empty() { k.want_out = false; let mut ev = EpEv { events: IN, data: c as u64 }; unsafe { epoll_ctl(self.ep, 3, k.s.as_raw_fd(), &mut ev) }; }
    }
    fn on_read(&mut self, c: usize) {
        if self.conns[c].st == St::Dead { return }
        let mut scratch = std::mem::take(&mut self.scratch);
        let r = self.conns[c].s.read(&mut scratch);
        match r {
            Ok(0) => { self.kill(c) }
            Err(e) if e.kind() == ErrorKind::WouldBlock || e.kind() == ErrorKind::Interrupted => {}
            Err(_) => { self.kill(c) }
            Ok(n) => {
                let now = self.now(); self.last_rx = now; self.bytes += n as u64;
                if self.conns[c].inb.is_empty() {
                    let used = self.feed(c, &scratch[..n], now);
                    self.conns[c].inb.extend_from_slice(&scratch[used..n]);
                } else {
                    let mut b = std::mem::take(&mut self.conns[c].inb);
                    b.extend_from_slice(&scratch[..n]);
                    // avoid re-scanning a huge partial frame: feed() returns 0 quickly when incomplete
                    let used = self.feed(c, &b, now);
                    if used > 0 { b.drain(..used); }
                    self.conns[c].inb = b;
                }
            }
        }
        self.scratch = scratch;
    }
    fn feed(&mut self, c: usize, b: &[u8], now: u64) -> usize {
        let mut p = 0;
        if self.conns[c].st == St::Handshake {
            match b.windows(4).position(|w| w == b"\r\n\r\n") {
                None => return 0,
                Some(i) => { if !b.starts_with(b"HTTP/1.1 101") { eprintln!("handshake refused: {}", String::from_utf8_lossy(&b[..b.len().min(200)])); self.kill(c); return b.len() } p = i + 4; self.handshaken(c) }
            }
        }
        loop {
            if b.len() < p + 2 { return p }
            let op = b[p] & 15; let fin = b[p] & 128 != 0; let l7 = (b[p + 1] & 127) as usize;
            let (hl, len) = if l7 < 126 { (2, l7) } else if l7 == 126 { if b.len() < p + 4 { return p } (4, u16::from_be_bytes([b[p + 2], b[p + 3]]) as usize) } else { if b.len() < p + 10 { return p } (10, u64::from_be_bytes(b[p + 2..p + 10].try_into().unwrap()) as usize) };
            if b.len() < p + hl + len { return p }
            let pay = &b[p + hl..p + hl + len]; p += hl + len;
            match op {
                2 | 0 | 1 => {
                    if fin && op != 0 { self.on_msg(c, pay, now) }
                    else { self.conns[c].frag.extend_from_slice(pay); if fin { let f = std::mem::take(&mut self.conns[c].frag); self.on_msg(c, &f, now) } }
                }
                9 => { let pay = pay.to_vec(); let mut o = vec![]; self.frame(&mut o, &pay, 10); self.write(c, &o) }
                8 => { if std::env::var("LG_DEBUG").is_ok() { eprintln!("close frame from server: {:?}", pay) } self.kill(c); return b.len() }
                _ => {}
            }
            if self.conns[c].st == St::Dead { return b.len() }
        }
    }
    fn handshaken(&mut self, c: usize) {
        let room = self.conns[c].room; let mut o = vec![];
        match self.cfg.proto {
            Proto::Raw => { self.conns[c].st = St::Ready; self.ready += 1; self.conns[c].synced_at = Some(Instant::now()) }
            Proto::Yws => { self.conns[c].st = St::Sync; self.frame(&mut o, &[0, 0, 1, 0], 2) }
            Proto::Hocus => {
                self.conns[c].st = St::Sync;
                let mut m = self.msg(room); m.push(2); m.push(0); let tokens = &self.cfg.tokens; let token = if tokens.is_empty() { "token".to_string() } else { tokens[c % tokens.len()].clone() }; wstr(&mut m, token.as_bytes()); self.frame(&mut o, &m, 2);
                let mut m = self.msg(room); m.extend_from_slice(&[0, 0, 1, 0]); self.frame(&mut o, &m, 2);
            }
        }
        if !o.is_empty() { self.write(c, &o) }
    }
    fn on_msg(&mut self, c: usize, m: &[u8], now: u64) {
        self.frames += 1;
        let mut r = Rd { b: m, p: 0 };
        if self.cfg.proto == Proto::Hocus { if r.bytes().is_none() { return } }
        match r.v() {
            Some(0) | Some(4) => {
                let sub = r.v().unwrap_or(9); let Some(u) = r.bytes() else { self.unparsed += 1; return };
                match sub {
                    0 => { let room = self.conns[c].room; let mut mm = self.msg(room); mm.extend_from_slice(&[0, 1, 2, 0, 0]); let mut o = vec![]; self.frame(&mut o, &mm, 2); self.write(c, &o) }
                    1 => {
                        if self.conns[c].st == St::Sync { self.conns[c].st = St::Ready; self.ready += 1 }
                        if self.conns[c].synced_at.is_none() || u.len() > self.conns[c].step2_len { self.conns[c].synced_at = Some(Instant::now()); self.conns[c].step2_len = u.len() }
                        if self.cfg.verify { self.cover_update(u) }
                        self.on_update(c, u, now)
                    }
                    2 => { // some servers deliver the loaded document as an update after an empty step 2
                        if u.len() > 4096 && u.len() > self.conns[c].step2_len { self.conns[c].synced_at = Some(Instant::now()); self.conns[c].step2_len = u.len() }
                        if self.cfg.verify { self.cover_update(u) } self.on_update(c, u, now) }
                    _ => self.unparsed += 1,
                }
            }
            Some(1) => {
                let Some(u) = r.bytes() else { return }; let mut r = Rd { b: u, p: 0 };
                let n = r.v().unwrap_or(0); let room = self.conns[c].room;
                for _ in 0..n { let (Some(cl), Some(ck)) = (r.v(), r.v()) else { return }; r.bytes();
                    let ci = cl.wrapping_sub(CID) as usize;
                    if ci < self.conns.len() && ci != c && self.conns[ci].room == room && self.conns[ci].idx < self.cfg.typers && ck > 0 {
                        self.aw += 1; let i = self.conns[ci].idx;
                        if let Some(&t) = self.rooms[room].senders[i].aw_sched.get(ck as usize - 1) { if t >= self.win.0 && t < self.win.1 { self.awlat.add(now.saturating_sub(t) / 1000) } }
                    } }
            }
            Some(8) => { let k = &mut self.conns[c]; let (room, idx, a) = (k.room, k.idx, k.acks as usize); if idx < self.cfg.typers && room < self.rooms.len() { k.acks += 1; /* the first acknowledges our sync step 2 */ if a == 0 { return } if let Some(&t) = self.rooms[room].senders[idx].sched.get(a - 1) { if t >= self.win.0 && t < self.win.1 { self.acklat.add(now.saturating_sub(t) / 1000) } } } }
            Some(_) => {}
            None => self.unparsed += 1,
        }
    }
    fn cover_update(&mut self, u: &[u8]) { let cov = &mut self.cover; if parse_update(u, |cl, ck, l| cov.entry(cl).or_default().push((ck, ck + l))).is_none() { self.unparsed += 1 } }
    fn on_update(&mut self, c: usize, u: &[u8], now: u64) {
        let room = self.conns[c].room; let nconn = self.conns.len() as u64; let typers = self.cfg.typers; let win = self.win;
        let others = (self.cfg.clients - 1) as u16; let closed = self.window > 0;
        let (conns, rooms) = (&mut self.conns, &mut self.rooms);
        if rooms.is_empty() { return }
        let (mut gaps, mut dups, mut del, mut delw, mut echoes) = (0, 0, 0, 0, 0); let lat = &mut self.lat; let sends = &mut self.sends;
        let ok = parse_update(u, |cl, ck, l| {
            let ci = cl.wrapping_sub(CID); if ci >= nconn { return }
            let ci = ci as usize; if conns[ci].room != room || conns[ci].idx >= typers { return }
            let si = conns[ci].idx; let (a, b) = (ck as u32, (ck + l) as u32);
            if ci == c { echoes += l; if conns[c].echo < b { conns[c].echo = b } return }
            let nx = conns[c].next[si];
            if b <= nx { dups += 1; return }
            if a > nx { gaps += (a - nx) as u64 }
            let s = &mut rooms[room].senders[si];
            for q in a.max(nx)..b { if let Some(&t) = s.sched.get(q as usize) {
                del += 1;
                if t >= win.0 && t < win.1 { delw += 1; lat.add(now.saturating_sub(t) / 1000) }
                if closed { let k = &mut s.cnt[q as usize]; *k += 1; if *k == others { s.out -= 1; sends.push((room, si)) } }
            } }
            conns[c].next[si] = b;
        });
        if ok.is_none() { self.unparsed += 1 }
        self.gaps += gaps; self.dups += dups; self.delivered += del; self.delivered_win += delw; self.echoes += echoes;
    }
    /// type one character (and move the cursor, when aw) for sender si of room r, scheduled at t
    fn type_char(&mut self, r: usize, si: usize, t: u64, aw: bool) {
        let (client, conn, seq) = { let s = &mut self.rooms[r].senders[si]; s.sched.push(t); s.cnt.push(0); s.out += 1; (s.client, s.conn, s.sched.len() as u64 - 1) };
        let mut o = Vec::with_capacity(400);
        let mut m = self.msg(r); m.push(0); m.push(2); let mut u = Vec::with_capacity(40); enc_update(&mut u, client, seq); wstr(&mut m, &u); self.frame(&mut o, &m, 2);
        if aw {
            self.conns[conn].aw_clock += 1; let ck = self.conns[conn].aw_clock; self.rooms[r].senders[si].aw_sched.push(t);
            let mut m = self.msg(r); m.push(1); let mut u = Vec::with_capacity(300); enc_awareness(&mut u, client, ck, seq); wstr(&mut m, &u); self.frame(&mut o, &m, 2);
        }
        let now = self.now(); if t >= self.win.0 && t < self.win.1 { self.late.add(now.saturating_sub(t) / 1000) }
        self.sent += 1; self.last_tx = now; self.write(conn, &o);
    }
    /// open loop over the first `active` rooms, until `end` ns; each typer has its own random phase
    fn run_open(&mut self, active: usize, rate: f64, aw: bool, end: u64) {
        let per = (1e9 / rate) as u64; let mut h: BinaryHeap<Reverse<(u64, usize, usize)>> = BinaryHeap::new(); let st = self.now();
        for r in 0..active { for s in 0..self.cfg.typers { let ph = self.rnd() % per; h.push(Reverse((st + ph, r, s))) } }
        while let Some(&Reverse((t, r, s))) = h.peek() {
            let now = self.now(); if now >= end { break }
            if t <= now { h.pop(); self.type_char(r, s, t, aw); h.push(Reverse((t + per, r, s))); if now - t > 200_000 || t % 8 == 0 { self.poll(0) } } else { self.poll((t - now).min(end.saturating_sub(now).max(1))) }
            if self.dead as usize == self.conns.len() { break }
        }
    }
    fn drain(&mut self, max_ms: u64) { let st = Instant::now(); let mut last = self.frames; let mut quiet = Instant::now(); while st.elapsed().as_millis() < max_ms as u128 { self.poll(10_000_000); if self.frames != last { last = self.frames; quiet = Instant::now() } if quiet.elapsed().as_millis() > 300 { break } } }
    fn reset(&mut self) { self.lat = Hist::new(); self.awlat = Hist::new(); self.acklat = Hist::new(); self.late = Hist::new(); self.delivered_win = 0 }
}

fn lines(path: &str) -> Vec<String> { if path.is_empty() { vec![] } else { fs::read_to_string(path).expect(path).lines().map(|l| l.to_string()).collect() } }

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let get = |k: &str, d: &str| -> String { args.iter().position(|a| a == k).and_then(|i| args.get(i + 1)).cloned().unwrap_or(d.to_string()) };
    let f = |k: &str, d: &str| get(k, d).parse::<f64>().unwrap();
    let mode = args.get(1).cloned().unwrap_or_default();
    let pids: Vec<i32> = get("--pids", "").split(',').filter_map(|x| x.parse().ok()).collect();
    let also: Vec<i32> = get("--also", "").split(',').filter_map(|x| x.parse().ok()).collect();
    let proto = match get("--proto", "yws").as_str() { "hocus" => Proto::Hocus, "raw" => Proto::Raw, _ => Proto::Yws };
    let addr: SocketAddr = format!("127.0.0.1:{}", get("--port", "1234")).parse().unwrap();
    let clients = f("--clients", "12") as usize; let typers = (f("--typers", "0") as usize).min(clients); let typers = if typers == 0 { clients } else { typers };
    let mut g = Gen { cfg: Cfg { proto, addr, prefix: get("--prefix", "/"), run: get("--run", "bench"), clients, typers, verify: mode == "verify", docs: lines(&get("--docs", "")), tokens: lines(&get("--tokens", "")), path: get("--path", "/") },
        ep: unsafe { epoll_create1(0) }, conns: vec![], rooms: vec![], t0: Instant::now(), scratch: vec![0; 1 << 18], rng: 0x9E3779B97F4A7C15 ^ std::process::id() as u64,
        lat: Hist::new(), awlat: Hist::new(), acklat: Hist::new(), late: Hist::new(), frames: 0, bytes: 0, delivered: 0, echoes: 0, aw: 0, gaps: 0, dups: 0, dead: 0, win: (0, u64::MAX), delivered_win: 0, window: 0, sent: 0, ready: 0, cover: Default::default(), unparsed: 0, sends: vec![], spin: get("--spin", "1") == "1", last_rx: 0, last_tx: 0 };
    let rate = f("--rate", "6"); let aw = get("--aw", "1") == "1"; let dur = f("--dur", "10"); let warm = f("--warm", "2");
    let self_pid = [std::process::id() as i32];
    match mode.as_str() {
        // fixed rate, open loop ------------------------------------------------------------
        "room" => {
            let nrooms = f("--rooms", "1") as usize;
            for _ in 0..nrooms { g.add_room() }
            let ok = g.wait_ready(60.0); g.drain(600);
            let st = g.now(); g.win = (st + (warm * 1e9) as u64, st + ((warm + dur) * 1e9) as u64);
            g.run_open(nrooms, rate, aw, g.win.0);
            // the measured window restarts the schedule (new phases) so both halves are whole
            let (a, sa, la) = (cpu(&pids), cpu(&self_pid), cpu(&also)); let (f0, b0, d0, aw0, s0) = (g.frames, g.bytes, g.delivered, g.aw, g.sent); let w0 = g.now(); g.win = (w0, w0 + (dur * 1e9) as u64);
            g.run_open(nrooms, rate, aw, g.win.1);
            let wall = (g.now() - w0) as f64 / 1e9; let (b, sb) = (cpu(&pids), cpu(&self_pid)); let (f1, b1, d1, aw1, s1) = (g.frames, g.bytes, g.delivered, g.aw, g.sent);
            g.drain(20000); let (c, lc) = (cpu(&pids), cpu(&also));
            let sent: u64 = s1 - s0; let expect = sent * (clients as u64 - 1);
            println!("{{\"ok\":{},\"wall\":{:.3},\"sent\":{},\"expected\":{},\"delivered_in_window\":{},\"delivered\":{},\"frames\":{},\"bytes\":{},\"awareness\":{},\"gaps\":{},\"dups\":{},\"dead\":{},\"unparsed\":{},\"lat_ms\":{},\"aw_ms\":{},\"ack_ms\":{},\"gen_late_ms\":{},\"gen_cpu_s\":{:.3},\"cpu_s\":{:.3},\"cpu_ticks_s\":{:.2},\"cpu_s_to_drain\":{:.3},\"cpu_us_per_delivered\":{:.3},\"also_us_per_delivered\":{:.3},\"rss_mb\":{:.1}}}",
                ok && g.dead == 0, wall, sent, expect, d1 - d0, g.delivered_win, f1 - f0, b1 - b0, aw1 - aw0, g.gaps, g.dups, g.dead, g.unparsed, g.lat.json(), g.awlat.json(), g.acklat.json(), g.late.json(), sb.sched - sa.sched, b.sched - a.sched, b.ticks - a.ticks, c.sched - a.sched, (c.sched - a.sched) * 1e6 / (g.delivered_win.max(1) as f64), (lc.sched - la.sched) * 1e6 / (g.delivered_win.max(1) as f64), b.rss_kb as f64 / 1024.0);
        }
        // how many rooms at p99 < limit ------------------------------------------------------
        "ramp" => {
            let mut n = f("--start", "20") as usize; let step = f("--dur", "3"); let limit = f("--limit", "100"); let grow = f("--grow", "1.5"); let cap = f("--cap", "2500") as usize;
            let (mut good, mut bad) = (0usize, 0usize); let mut log = vec![]; let mut bis = 0; let mut retry = false;
            loop {
                while g.rooms.len() < n { g.add_room() }
                g.wait_ready(60.0); g.drain(3000);
                let st = g.now(); g.reset(); let w0 = st + 800_000_000; g.win = (w0, w0 + (step * 1e9) as u64); let s0 = g.sent; let a = cpu(&pids);
                g.run_open(n, rate, aw, g.win.1); let b = cpu(&pids);
                let drain_to = g.now() + (limit * 1e6) as u64 + 20_000_000; while g.now() < drain_to { g.poll(5_000_000) }
                let exp: u64 = ((g.sent - s0) as f64 * step / (step + 0.8)) as u64 * (clients as u64 - 1); let frac = g.delivered_win as f64 / exp as f64;
                let p99 = g.lat.q(0.99); let pass = p99 >= 0.0 && p99 < limit && frac > 0.93 && g.dead == 0;
                log.push(format!("[{},{:.2},{:.2},{:.3},{:.2}]", n, g.lat.q(0.5), p99, frac, (b.sched - a.sched) / (step + 0.8)));
                eprintln!("rooms {} p50 {:.2} p99 {:.2} delivered {:.3} cpu {:.2} dead {} late99 {:.2}", n, g.lat.q(0.5), p99, frac, (b.sched - a.sched) / (step + 0.8), g.dead, g.late.q(0.99));
                g.drain(15000);
                if g.dead > 0 { break }
                if !pass && !retry && log.len() < 40 { retry = true; continue } // one retry at the same size
                retry = false;
                if pass { good = good.max(n) } else { bad = if bad == 0 { n } else { bad.min(n) } }
                if bad == 0 { if n >= cap { break } n = ((n as f64) * grow).ceil() as usize; n = n.min(cap) } else { if bis >= 3 || bad <= good + 1 || good == 0 && bad < 5 { break } bis += 1; n = (good + bad) / 2 }
                if log.len() > 40 { break }
            }
            println!("{{\"max_rooms\":{},\"first_bad\":{},\"clients\":{},\"rss_mb\":{:.1},\"dead\":{},\"steps\":[{}]}}", good, bad, clients, cpu(&pids).rss_kb as f64 / 1024.0, g.dead, log.join(","));
        }
        // closed loop: `window` updates in flight per typer -----------------------------------
        "sat" => {
            g.window = f("--window", "20") as u32; for _ in 0..(f("--rooms", "1") as usize) { g.add_room() } g.wait_ready(60.0); g.drain(600);
            let w = g.window; let nr = g.rooms.len();
            for _ in 0..w { for r in 0..nr { for s in 0..typers { let t = g.now(); g.type_char(r, s, t, false) } } }
            let mut a = cpu(&pids); let mut sa = cpu(&self_pid); let st = g.now(); let (mut d0, mut f0) = (0, 0); let mut started = false; let mut t_start = st;
            loop {
                let now = g.now();
                if !started && now - st > (warm * 1e9) as u64 { started = true; a = cpu(&pids); sa = cpu(&self_pid); d0 = g.delivered; f0 = g.frames; t_start = g.now(); g.reset(); g.win = (t_start, u64::MAX) }
                if now - st > ((warm + dur) * 1e9) as u64 { break }
                g.poll(2_000_000); let sends = std::mem::take(&mut g.sends); for (r, s) in sends { let t = g.now(); g.type_char(r, s, t, false) }
                if g.dead > 0 { break }
            }
            let (b, sb) = (cpu(&pids), cpu(&self_pid)); let wall = (g.now() - t_start) as f64 / 1e9; let d = g.delivered - d0;
            println!("{{\"delivered_per_s\":{:.0},\"frames_per_s\":{:.0},\"cpu_us_per_delivered\":{:.3},\"server_cpu\":{:.2},\"gen_cpu\":{:.2},\"lat_ms\":{},\"gaps\":{},\"dead\":{}}}", d as f64 / wall, (g.frames - f0) as f64 / wall, (b.sched - a.sched) * 1e6 / d.max(1) as f64, (b.sched - a.sched) / wall, (sb.sched - sa.sched) / wall, g.lat.json(), g.gaps, g.dead);
        }
        // seed: replay a file of u32le-length-prefixed updates through one connection -----------
        "seed" => {
            let data = fs::read(get("--file", "")).unwrap(); g.cfg.clients = 1; g.cfg.typers = 1; g.add_room(); g.wait_ready(30.0); let t = Instant::now(); let c = 0; let mut p = 0; let mut n = 0u64;
            while p + 4 <= data.len() { let l = u32::from_le_bytes(data[p..p + 4].try_into().unwrap()) as usize; p += 4; let mut m = g.msg(0); m.push(0); m.push(2); wstr(&mut m, &data[p..p + l]); p += l; n += 1; let mut o = vec![]; g.frame(&mut o, &m, 2); g.write(c, &o);
                if n % 32 == 0 { g.poll(0); while g.conns[c].outb.len() > 1 << 16 { g.poll(5_000_000) } } if g.dead > 0 { break } if t.elapsed().as_secs() > f("--max", "300") as u64 { break } }
            while !g.conns[c].outb.is_empty() && g.dead == 0 { g.poll(5_000_000) }
            // ask for the whole document: the reply proves everything before it was applied
            g.conns[c].step2_len = 0; g.conns[c].synced_at = None; let mut m = g.msg(0); m.extend_from_slice(&[0, 0, 1, 0]); let mut o = vec![]; g.frame(&mut o, &m, 2); g.write(c, &o);
            while g.conns[c].synced_at.is_none() && g.dead == 0 && t.elapsed().as_secs() < 600 { g.poll(5_000_000) }
            let secs = t.elapsed().as_secs_f64(); let hold = f("--hold", "0"); let h = Instant::now(); while h.elapsed().as_secs_f64() < hold { g.poll(20_000_000) }
            println!("{{\"sent\":{},\"secs\":{:.3},\"step2_bytes\":{},\"dead\":{},\"rss_mb\":{:.1}}}", n, secs, g.conns[c].step2_len, g.dead, cpu(&pids).rss_kb as f64 / 1024.0);
        }
        // join: N clients connect at once; time until each holds the whole document --------------
        "join" => {
            g.cfg.clients = clients; g.cfg.typers = 1; let min = f("--min", "1") as usize; let t = Instant::now(); let a = cpu(&pids);
            for i in 0..clients { g.open(0, i); }
            let mut rss = 0u64; let mut k = 0u32;
            while g.dead == 0 && t.elapsed().as_secs_f64() < f("--max", "60") { g.poll(2_000_000); k += 1; if k % 50 == 0 { rss = rss.max(cpu(&pids).rss_kb) } if g.conns.iter().all(|c| c.step2_len >= min) { break } }
            let b = cpu(&pids); let mut v: Vec<f64> = g.conns.iter().filter(|c| c.step2_len >= min).map(|c| (c.synced_at.unwrap() - t).as_secs_f64() * 1e3).collect(); v.sort_by(|a, b| a.partial_cmp(b).unwrap());
            let z = |q: f64| if v.is_empty() { -1.0 } else { v[((v.len() as f64 - 1.0) * q) as usize] };
            println!("{{\"synced\":{},\"of\":{},\"first_ms\":{:.2},\"p50_ms\":{:.2},\"last_ms\":{:.2},\"bytes\":{},\"cpu_ms\":{:.1},\"rss_mb\":{:.1},\"rss_peak_mb\":{:.1}}}", v.len(), clients, z(0.0), z(0.5), z(1.0), g.conns[0].step2_len, (b.sched - a.sched) * 1e3, b.rss_kb as f64 / 1024.0, rss.max(b.rss_kb) as f64 / 1024.0);
        }
        // crash: type until the server is killed by the harness; dump what was delivered/acked ------
        "crash" => {
            g.add_room(); g.wait_ready(30.0); println!("READY"); let end = g.now() + (dur * 1e9) as u64; g.run_open(1, rate, false, end);
            let t = g.now() + 1_000_000_000; while g.now() < t && (g.dead as usize) < g.conns.len() { g.poll(10_000_000) }
            let mut out = String::new(); let (mut sent, mut del, mut ack) = (0u64, 0u64, 0u64);
            for s in 0..typers { let cl = g.rooms[0].senders[s].client; let d = (0..clients).filter(|&c| g.rooms[0].conns[c] != g.rooms[0].senders[s].conn).map(|c| g.conns[g.rooms[0].conns[c]].next[s]).max().unwrap_or(0);
                let k = &g.conns[g.rooms[0].senders[s].conn]; let a = k.acks.saturating_sub(1).max(k.echo); sent += g.rooms[0].senders[s].sched.len() as u64; del += d as u64; ack += a as u64; out += &format!("{} {} {}\n", cl, d, a) }
            fs::write(get("--dump", "crash.txt"), out).unwrap(); println!("{{\"sent\":{},\"delivered\":{},\"acked\":{}}}", sent, del, ack);
        }
        "verify" => {
            g.cfg.clients = 1; g.cfg.typers = 1; g.open(0, 0); let t = Instant::now(); while t.elapsed().as_secs_f64() < f("--wait", "2.5") { g.poll(20_000_000) }
            let (mut lostd, mut losta, mut have, mut del) = (0u64, 0u64, 0u64, 0u64);
            for l in fs::read_to_string(get("--dump", "crash.txt")).unwrap().lines() { let x: Vec<u64> = l.split(' ').map(|v| v.parse().unwrap()).collect();
                let top = g.cover.get(&x[0]).map(|v| v.iter().map(|r| r.1).max().unwrap_or(0)).unwrap_or(0); have += top; del += x[1]; lostd += x[1].saturating_sub(top); losta += x[2].saturating_sub(top) }
            println!("{{\"delivered\":{},\"present\":{},\"lost_delivered\":{},\"lost_acked\":{},\"unparsed\":{}}}", del, have, lostd, losta, g.unparsed);
        }
        // emit: print sample updates in hex so that tests can check them against Yjs/pycrdt
        "emit" => { for s in 0..(f("--n", "5") as u64) { let mut u = vec![]; enc_update(&mut u, CID + 7, s); println!("{}", u.iter().map(|b| format!("{:02x}", b)).collect::<String>()) } }
        _ => { eprintln!("modes: room ramp sat seed join crash verify emit"); std::process::exit(2) }
    }
}

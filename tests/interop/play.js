// Plays ?url= with hls.js, or ?push= with MediaSource alone, and records what is heard. window.heard(seconds) gives the recording, window.sampled(seconds) bare samples; base64.
const asked = new URLSearchParams(location.search);
const url = asked.get("url");
const push = asked.get("push");
const audio = document.querySelector("audio");
// Firefox without a sound device gives an element up that has begun to play aloud; what is captured
// before it plays is played to nobody.
const captured = audio.mozCaptureStream?.();
const hls = new Hls({ enableWorker: false });
window.seen = { latency: null, parts: 0, errors: [] };
hls.on(Hls.Events.FRAG_LOADED, (_, data) => {
  if (data.part) window.seen.parts += 1;
});
hls.on(Hls.Events.ERROR, (_, data) => window.seen.errors.push(`${data.details} ${data.fatal}`));
const pushed = async () => {
  const media = new MediaSource();
  audio.src = URL.createObjectURL(media);
  await new Promise((done) => { media.onsourceopen = done; });
  const buffer = media.addSourceBuffer('audio/mp4; codecs="opus"');
  const reader = (await fetch(push)).body.getReader();
  for (let got = await reader.read(); !got.done; got = await reader.read()) {
    buffer.appendBuffer(got.value);
    await new Promise((done) => { buffer.onupdateend = done; });
    const held = buffer.buffered.length ? buffer.buffered.end(0) - buffer.buffered.start(0) : 0;
    if (!audio.paused || held < 4) continue; // two batches and more: then none is too late
    if (audio.seeking) continue;
    if (audio.currentTime < buffer.buffered.start(0)) {
      audio.currentTime = buffer.buffered.start(0);
      continue;
    }
    audio.play().catch((error) => window.seen.errors.push(String(error)));
  }
};
if (push) pushed().catch((error) => window.seen.errors.push(String(error)));
else {
  hls.loadSource(url);
  hls.attachMedia(audio);
  audio.play().catch((error) => window.seen.errors.push(String(error)));
}
// Where an element's sound cannot be captured as a stream: its samples, as 16-bit numbers.
const samples = async (seconds) => {
  const context = new AudioContext({ sampleRate: 48000 });
  const tap = context.createScriptProcessor(4096, 1, 1);
  const pieces = [];
  tap.onaudioprocess = ({ inputBuffer }) => pieces.push(inputBuffer.getChannelData(0).slice());
  context.createMediaElementSource(audio).connect(tap);
  tap.connect(context.destination);
  await context.resume();
  await moving();
  pieces.length = 0;
  await new Promise((done) => setTimeout(done, 1000 * seconds));
  const whole = Int16Array.from(pieces.flatMap((piece) => [...piece]), (value) => value * 32767);
  return new Uint8Array(whole.buffer);
};
const base64 = (bytes) => {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
};
// Placed is not playing: on a busy machine the first sound may come seconds after.
const placed = async () => {
  while (!audio.currentTime || audio.paused) await new Promise((done) => setTimeout(done, 50));
};
const moving = async () => {
  await placed();
  const from = audio.currentTime;
  while (audio.currentTime < from + 0.2) await new Promise((done) => setTimeout(done, 50));
};
window.sampled = async (seconds) => {
  await placed();
  return base64(await samples(seconds));
};
window.heard = async (seconds) => {
  await moving();
  const stream = captured ?? audio.captureStream();
  while (!stream.getAudioTracks().length) await new Promise((done) => setTimeout(done, 50));
  const recorder = new MediaRecorder(new MediaStream(stream.getAudioTracks()));
  const chunks = [];
  recorder.ondataavailable = ({ data }) => chunks.push(data);
  const stopped = new Promise((done) => { recorder.onstop = done; });
  const started = new Promise((done) => { recorder.onstart = done; });
  recorder.start();
  await started;
  // By the playhead, and a second more: Firefox without a sound device is slow to begin.
  const until = audio.currentTime + seconds + 1;
  while (audio.currentTime < until) await new Promise((done) => setTimeout(done, 50));
  window.seen.latency = hls.latency;
  recorder.stop();
  await stopped;
  const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
  return base64(bytes);
};

// Plays ?url= with hls.js and records what is heard. window.heard(seconds) gives the recording, window.sampled(seconds) bare samples; base64.
const url = new URLSearchParams(location.search).get("url");
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
hls.loadSource(url);
hls.attachMedia(audio);
audio.play().catch((error) => window.seen.errors.push(String(error)));
// Where an element's sound cannot be captured as a stream: its samples, as 16-bit numbers.
const samples = async (seconds) => {
  const context = new AudioContext({ sampleRate: 48000 });
  const tap = context.createScriptProcessor(4096, 1, 1);
  const pieces = [];
  tap.onaudioprocess = ({ inputBuffer }) => pieces.push(inputBuffer.getChannelData(0).slice());
  context.createMediaElementSource(audio).connect(tap);
  tap.connect(context.destination);
  await context.resume();
  await new Promise((done) => setTimeout(done, 1000 * seconds));
  const whole = Int16Array.from(pieces.flatMap((piece) => [...piece]), (value) => value * 32767);
  return new Uint8Array(whole.buffer);
};
const base64 = (bytes) => {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
};
window.sampled = async (seconds) => {
  while (!audio.currentTime || audio.paused) await new Promise((done) => setTimeout(done, 50));
  return base64(await samples(seconds));
};
window.heard = async (seconds) => {
  while (!audio.currentTime || audio.paused) await new Promise((done) => setTimeout(done, 50));
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

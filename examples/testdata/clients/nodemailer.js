// Mail with the npm package nodemailer, which finds STARTTLS and AUTH by itself:
// node nodemailer.js HOST PORT NAME PASSWORD N
const nodemailer = require("nodemailer");
const assert = require("assert");
const [host, port, user, pass, n] = process.argv.slice(2);

async function main() {
  const tls = { rejectUnauthorized: false }; // the certificate is the server's own
  const message = i => ({
    from: "me@example.com", to: "you@example.com, Ürsel <ursel@example.com>", subject: "mail " + i + " – ü",
    text: "Hello\n.\n..dots\n" + "ä".repeat(100), attachments: [{ filename: "a.bin", content: Buffer.alloc(100000, i) }],
  });
  const pool = nodemailer.createTransport({ host, port, tls, auth: { user, pass }, pool: true });
  await pool.verify();
  const sent = await Promise.all(Array.from({ length: +n }, (_, i) => pool.sendMail(message(i))));
  assert(sent.every(s => s.accepted.length === 2));
  pool.close();
  for (const auth of [undefined, { user, pass: pass + "x" }]) {
    const other = nodemailer.createTransport({ host, port, tls, auth });
    await assert.rejects(other.sendMail(message(0)), e => e.responseCode === (auth ? 535 : 530));
    other.close();
  }
  console.log("done");
}
main().catch(e => { console.error(e); process.exit(1); });

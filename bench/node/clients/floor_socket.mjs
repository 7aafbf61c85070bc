// A bare socket per connection, and a hand-made request: the minimum cost of a call.

import net from "node:net";
import { headers } from "../packages.mjs";

const END = Buffer.from("\r\n\r\n");

export class Client {
  constructor(base, parse) {
    const url = new URL(base);
    const lines = Object.entries({ host: url.host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    const rest = ` ${url.pathname.replace(/\/$/, "")}/v1/sessions HTTP/1.1\r\n${lines.join("")}`;
    this.get = `GET${rest}\r\n`;
    this.post = `POST${rest}content-type: application/json\r\ncontent-length: `;
    this.place = { host: url.hostname, port: +url.port, noDelay: true };
    this.parse = parse;
    this.free = [];
  }

  exchange(request) {
    return new Promise((resolve) => {
      const socket = this.free.pop() ?? this.connect();
      socket.resolve = resolve;
      socket.write(request);
    });
  }

  connect() {
    const socket = net.connect(this.place);
    socket.parts = undefined;
    socket.on("data", (data) => {
      if (socket.parts) {
        socket.parts.push(data);
        socket.have += data.length;
        if (socket.have < socket.whole) return;
        data = Buffer.concat(socket.parts);
        socket.parts = undefined;
      } else {
        socket.head = data.indexOf(END) + 4;
        let length = 0;
        for (let i = data.indexOf("content-length: ", 0, "latin1") + 16; data[i] !== 13; i++) length = length * 10 + data[i] - 48;
        socket.whole = socket.head + length;
        socket.have = data.length;
        if (socket.have < socket.whole) {
          socket.parts = [data];
          return;
        }
      }
      this.free.push(socket);
      socket.resolve(this.parse(data, socket.head, socket.whole));
    });
    return socket;
  }
}

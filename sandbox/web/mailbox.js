// The mailbox page: local times, and buttons that copy a code.

import { copyButton } from './dom.js';
import { localTime } from './time.js';

for (const time of document.querySelectorAll('.mail time')) {
  time.textContent = localTime(time.dateTime);
}
for (const line of document.querySelectorAll('.mail .code')) {
  const code = line.textContent;
  line.append(copyButton(() => code, 'Copy code', `Copy code ${code}`));
}

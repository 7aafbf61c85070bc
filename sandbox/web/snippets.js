// A request as code. A key or token is never written into it: it is read from the environment.

import { curl, kotlin, swift } from './snippets-http.js';
import { node, python } from './snippets-sdk.js';

export const LANGUAGES = [
  { id: 'curl', name: 'curl', write: curl },
  { id: 'python', name: 'Python', write: python },
  { id: 'node', name: 'Node', write: node },
  { id: 'swift', name: 'Swift', write: swift },
  { id: 'kotlin', name: 'Kotlin', write: kotlin },
];

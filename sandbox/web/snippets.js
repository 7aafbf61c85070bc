// Code for a request. It never contains a key or token, but reads it from the environment.

import { curl, kotlin, swift } from './snippets-http.js';
import { node, python } from './snippets-sdk.js';

export const LANGUAGES = [
  { id: 'curl', name: 'curl', write: curl },
  { id: 'python', name: 'Python', write: python },
  { id: 'node', name: 'Node', write: node },
  { id: 'swift', name: 'Swift', write: swift },
  { id: 'kotlin', name: 'Kotlin', write: kotlin },
];

/** runv as a program in a program: the command line as a function. */
export { main } from './main.ts';

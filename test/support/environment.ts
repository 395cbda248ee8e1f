// What jest's tests run in: its own environment for Node, but that the global object is an ordinary one.
// Jest's is a stand-in that is asked at each use of a global: `Math` in a loop takes twenty times as long there (nodejs/node#31658).
import vm from "node:vm";
import { TestEnvironment } from "jest-environment-node";

// biome-ignore lint/style/noDefaultExport: jest takes it so
export default class extends TestEnvironment {
  constructor(...given: ConstructorParameters<typeof TestEnvironment>) {
    const { createContext } = vm;
    // Jest has no option for it.
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...given);
    } finally {
      vm.createContext = createContext;
    }
  }
}

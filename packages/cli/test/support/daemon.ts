export * from '@runv/testkit';

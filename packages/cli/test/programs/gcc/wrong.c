int main(void) { return "a string"->nothing; }
